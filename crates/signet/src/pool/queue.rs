//! RFC 970: fair queueing. Those who wait are in groups, which are in larger groups; the groups within one
//! take turns.

use std::collections::{BTreeMap, VecDeque};

/// Who waits; empty groups are forgotten.
pub(super) struct Queue<K, T> {
    /// Those who are in no smaller group.
    waiting: VecDeque<T>,
    groups: BTreeMap<K, Queue<K, T>>,
    /// The groups, in the order of their turns.
    turns: VecDeque<K>,
}

impl<K, T> Default for Queue<K, T> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), groups: BTreeMap::new(), turns: VecDeque::new() }
    }
}

impl<K: Ord + Copy, T> Queue<K, T> {
    /// Puts one at the end; `way` names its groups, the largest first.
    pub(super) fn enter(&mut self, way: &[K], one: T) {
        let Some((group, rest)) = way.split_first() else { return self.waiting.push_back(one) };
        let turns = &mut self.turns;
        let group = self.groups.entry(*group).or_insert_with(|| {
            turns.push_back(*group);
            Self::default()
        });
        group.enter(rest, one);
    }

    /// The one whose turn it is, of another group than this one, which keeps its turn. Inner groups are not
    /// asked for their names.
    pub(super) fn next(&mut self, but: Option<K>) -> Option<T> {
        if self.turns.is_empty() {
            return self.waiting.pop_front();
        }
        let turn = self.turns.iter().position(|name| Some(*name) != but)?;
        let name = self.turns.remove(turn)?;
        let group = self.groups.get_mut(&name)?;
        let one = group.next(None);
        if group.is_empty() {
            self.groups.remove(&name);
        } else {
            self.turns.push_back(name);
        }
        one
    }

    fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.turns.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(entered: &[(&str, u32)]) -> Vec<u32> {
        let mut queue = Queue::<char, u32>::default();
        for (way, one) in entered {
            queue.enter(&way.chars().collect::<Vec<_>>(), *one);
        }
        std::iter::from_fn(|| queue.next(None)).collect()
    }

    #[test]
    fn groups_within_a_group_share_its_turns() {
        assert_eq!(order(&[("a", 1), ("a", 2), ("b", 3), ("b", 4)]), [1, 3, 2, 4]);
        assert_eq!(
            order(&[("ax", 1), ("ax", 2), ("ay", 3), ("b", 4), ("b", 5), ("b", 6)]),
            [1, 4, 3, 5, 2, 6]
        );
    }

    #[test]
    fn a_group_that_is_passed_over_keeps_its_turn() {
        let mut queue = Queue::<char, u32>::default();
        for (way, one) in [(['a', 'x'], 1), (['b', 'a'], 2), (['c', 'x'], 3), (['a', 'x'], 4)] {
            queue.enter(&way, one);
        }
        assert_eq!(
            [Some('a'), None, Some('a'), Some('a')].map(|but| queue.next(but)),
            [Some(2), Some(1), Some(3), None]
        );
        assert_eq!((queue.next(None), queue.next(None)), (Some(4), None));
    }

    #[test]
    fn nothing_is_left_of_those_who_have_gone() {
        let mut queue = Queue::<char, u32>::default();
        for round in 0..3 {
            queue.enter(&['a', 'x'], round);
            assert_eq!((queue.next(None), queue.next(None)), (Some(round), None));
            assert!(queue.groups.is_empty() && queue.turns.is_empty());
        }
    }
}
