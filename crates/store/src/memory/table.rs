//! An ordered map that can take back what was written to it since the last `keep`.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ops::Bound;

pub(crate) struct Table<K, V> {
    rows: BTreeMap<K, V>,
    /// What each written key held before, oldest first.
    before: Vec<(K, Option<V>)>,
}

impl<K: Ord + Clone, V> Table<K, V> {
    pub(crate) const fn new() -> Self {
        Self { rows: BTreeMap::new(), before: Vec::new() }
    }

    pub(crate) fn get<Q: Ord + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.rows.get(key)
    }

    pub(crate) fn has<Q: Ord + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.rows.contains_key(key)
    }

    pub(crate) fn put(&mut self, key: K, row: V) {
        let old = self.rows.insert(key.clone(), row);
        self.before.push((key, old));
    }

    /// Whether the key was there.
    pub(crate) fn remove<Q: Ord + ?Sized>(&mut self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        match self.rows.remove_entry(key) {
            Some((key, old)) => {
                self.before.push((key, Some(old)));
                true
            }
            None => false,
        }
    }

    /// Rows after a key, or from the first on.
    pub(crate) fn after<'a>(
        &'a self,
        key: Option<&K>,
    ) -> impl Iterator<Item = (&'a K, &'a V)> + use<'a, K, V> {
        let from = key.map_or(Bound::Unbounded, |key| Bound::Excluded(key.clone()));
        self.rows.range((from, Bound::Unbounded))
    }

    /// Rows from a key on.
    pub(crate) fn from<'a>(&'a self, key: K) -> impl Iterator<Item = (&'a K, &'a V)> + use<'a, K, V> {
        self.rows.range((Bound::Included(key), Bound::Unbounded))
    }

    /// Rows after a key and before another.
    pub(crate) fn between(&self, after: K, end: K) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        let range = (Bound::Excluded(after.clone()), Bound::Excluded(end.clone()));
        // Where nothing can be between them, a map would panic.
        (after < end).then(|| self.rows.range(range)).into_iter().flatten()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Makes what was written final.
    pub(crate) fn keep(&mut self) {
        self.before.clear();
    }

    /// Takes back all that was written since the last `keep`.
    pub(crate) fn undo(&mut self) {
        while let Some((key, old)) = self.before.pop() {
            match old {
                Some(row) => self.rows.insert(key, row),
                None => self.rows.remove(&key),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undo_takes_back_everything_since_keep() {
        let mut table = Table::new();
        table.put(1, "one");
        table.put(2, "two");
        table.keep();
        table.put(1, "changed");
        table.put(1, "again");
        assert!(table.remove(&2));
        assert!(!table.remove(&9));
        table.put(3, "three");
        table.undo();
        let rows: Vec<_> = table.after(None).map(|(k, v)| (*k, *v)).collect();
        assert_eq!(rows, [(1, "one"), (2, "two")]);
    }
}
