//! Columns of text, each as wide as its widest cell.

use super::console::safe;

/// How wide each column is.
pub(super) struct Columns<const N: usize> {
    head: [&'static str; N],
    widths: [usize; N],
}

impl<const N: usize> Columns<N> {
    /// With these words above them.
    pub(super) fn of(head: [&'static str; N]) -> Self {
        Self { head, widths: head.map(str::len) }
    }

    /// Wide enough for this row too.
    pub(super) fn widen(&mut self, row: &[String; N]) {
        for (width, cell) in self.widths.iter_mut().zip(row) {
            *width = (*width).max(shown(cell).chars().count());
        }
    }

    /// The words above.
    pub(super) fn head(&self) -> String {
        self.line(&self.head.map(str::to_owned))
    }

    /// A row as one line.
    pub(super) fn line(&self, row: &[String; N]) -> String {
        let cells = row.iter().zip(self.widths);
        let cells: Vec<String> = cells.map(|(cell, width)| format!("{:<width$}", shown(cell))).collect();
        cells.join("  ").trim_end().to_owned()
    }
}

fn shown(cell: &str) -> String {
    safe(cell).replace('\n', "\\n")
}
