//! Which events are kept, for how long, and how many.

use crate::event::{Event, Kept, Kind};
use crate::record::Severity;

/// What is kept of what happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Events {
    /// What happens all the time, too: tokens issued and shown, introspection, userinfo.
    pub tokens: bool,
    /// Seconds for which events of each severity are kept, the least severe first; 0: not at all.
    pub keep: [u64; Severity::ALL.len()],
    /// Events that are kept at most; over that the oldest go.
    pub most: u64,
}

/// Seconds for which events are kept that name nobody.
const NAMELESS: u64 = 3600;

/// Events that strangers can cause in a store without others.
const FEW: u64 = 1000;

impl Events {
    /// Seconds for which an event of this severity is kept; 0: not at all.
    pub fn kept_for(&self, severity: Severity) -> u64 {
        Severity::ALL.iter().zip(self.keep).find(|(one, _)| **one == severity).map_or(0, |(_, keep)| keep)
    }

    /// Seconds for which an event that names nobody is kept.
    pub fn nameless_kept_for(&self) -> u64 {
        NAMELESS.min(self.keep.into_iter().max().unwrap_or_default())
    }

    /// So many of those that strangers can cause are kept in any case; more only next to four times as many
    /// others, so that what they leave never takes more room than what other people left, and a mebibyte.
    pub fn few_of_strangers(&self) -> u64 {
        FEW.min(self.most / 4)
    }

    /// Whether this one is kept.
    pub fn keeps(&self, event: &Event) -> bool {
        self.keeps_kind(event.what.kind())
    }

    fn keeps_kind(&self, kind: &Kind) -> bool {
        let may_be = match kind.kept {
            Kept::Routine => self.tokens,
            Kept::Never => false,
            Kept::Always | Kept::Ordinary | Kept::Bounded => true,
        };
        may_be && self.kept_for(kind.severity) > 0
    }
}

impl Default for Events {
    fn default() -> Self {
        Self { tokens: false, keep: [90 * 86_400; Severity::ALL.len()], most: 1_000_000 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::kind;

    #[test]
    fn what_happens_all_the_time_is_kept_only_where_that_is_wanted() {
        let events = Events::default();
        assert!(events.keeps_kind(&kind::SIGN_IN_FAILED) && !events.keeps_kind(&kind::TOKEN_ISSUED));
        let all = Events { tokens: true, ..Events::default() };
        assert!(all.keeps_kind(&kind::TOKEN_ISSUED) && !all.keeps_kind(&kind::AUDIENCE_IGNORED));
        let warnings = Events { keep: [0, 0, 60], ..events };
        assert!(warnings.keeps_kind(&kind::CODE_REUSED) && !warnings.keeps_kind(&kind::SIGN_IN_FAILED));
        assert_eq!(warnings.nameless_kept_for(), 60);
    }
}
