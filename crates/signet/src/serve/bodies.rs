//! RFC 9113 §5.2: the limit for all request bodies in transfer. Memory that a peer fills and then leaves
//! filled costs it nothing; so a body has its time, and when there is too much of it, the oldest unfinished
//! ones go. Those of honest peers end at once.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::Notify;

/// The bodies of a process.
#[derive(Debug)]
pub(super) struct Bodies {
    most: usize,
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    next: u64,
    bytes: usize,
    /// The oldest first.
    unfinished: BTreeMap<u64, Part>,
}

#[derive(Debug)]
struct Part {
    bytes: usize,
    give_up: Arc<Notify>,
}

/// One body that has begun; what it holds is given back when it ends, and when this is dropped.
#[derive(Debug)]
pub(super) struct Begun {
    bodies: Arc<Bodies>,
    number: u64,
    give_up: Arc<Notify>,
}

impl Bodies {
    pub(super) fn new(most: usize) -> Self {
        Self { most, held: Mutex::default() }
    }

    pub(super) fn begin(self: &Arc<Self>) -> Begun {
        let give_up = Arc::new(Notify::new());
        let mut held = self.held();
        let number = held.next;
        held.next = held.next.wrapping_add(1);
        held.unfinished.insert(number, Part { bytes: 0, give_up: give_up.clone() });
        drop(held);
        Begun { bodies: self.clone(), number, give_up }
    }

    /// Bytes of all of them.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.held().bytes
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn more(&self, number: u64, bytes: usize) {
        let mut held = self.held();
        let Some(part) = held.unfinished.get_mut(&number) else { return };
        part.bytes += bytes;
        held.bytes += bytes;
        while held.bytes > self.most {
            let Some((_, oldest)) = held.unfinished.pop_first() else { return };
            held.bytes -= oldest.bytes;
            oldest.give_up.notify_one();
        }
    }

    fn end(&self, number: u64) {
        let mut held = self.held();
        if let Some(part) = held.unfinished.remove(&number) {
            held.bytes -= part.bytes;
        }
    }

    fn is_unfinished(&self, number: u64) -> bool {
        self.held().unfinished.contains_key(&number)
    }
}

/// Why a body is not waited for any longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// Its time.
    Time,
    /// All room for bodies.
    Room,
}

impl Begun {
    /// Ends when the body has not ended in time, or has to make room; never once it has ended.
    pub(super) async fn over(&self, time: Duration) -> Over {
        tokio::select! {
            () = self.give_up.notified() => Over::Room,
            () = tokio::time::sleep(time) => {
                if self.bodies.is_unfinished(self.number) {
                    return Over::Time;
                }
                std::future::pending().await
            }
        }
    }

    /// The body, counted; `kept` is dropped when it ends.
    pub(super) fn counting<B, K>(self: &Arc<Self>, body: B, kept: K) -> Counted<B, K> {
        Counted { body, begun: self.clone(), kept: Some(kept) }
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.bodies.end(self.number);
    }
}

/// A body whose bytes are counted until it ends.
pub(super) struct Counted<B, K> {
    body: B,
    begun: Arc<Begun>,
    kept: Option<K>,
}

impl<B: Body<Data = Bytes> + Unpin, K: Unpin> Body for Counted<B, K> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        let (bodies, number) = (&self.begun.bodies, self.begun.number);
        if let Some(Ok(frame)) = &frame {
            bodies.more(number, frame.data_ref().map_or(0, Bytes::len));
        }
        if !matches!(frame, Some(Ok(_))) || self.body.is_end_stream() {
            bodies.end(number);
            self.kept = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::{BodyExt as _, Full};

    #[tokio::test]
    async fn the_oldest_unfinished_make_room() {
        let bodies = Arc::new(Bodies::new(100));
        let begun: Vec<_> = (0..3).map(|_| Arc::new(bodies.begin())).collect();
        for one in &begun {
            bodies.more(one.number, 40);
        }
        assert_eq!(bodies.bytes(), 80);
        let over = |which: usize| begun[which].over(Duration::MAX);
        assert_eq!(over(0).await, Over::Room);
        assert!(bodies.is_unfinished(begun[1].number) && bodies.is_unfinished(begun[2].number));
        // What comes late for one that had to go is not counted.
        bodies.more(begun[0].number, 1000);
        assert_eq!(bodies.bytes(), 80);
        drop(begun);
        assert_eq!(bodies.bytes(), 0);
    }

    #[tokio::test]
    async fn a_body_that_has_ended_holds_nothing_and_has_all_the_time() {
        let bodies = Arc::new(Bodies::new(100));
        let begun = Arc::new(bodies.begin());
        let body = begun.counting(Full::new(Bytes::from_static(b"0123456789")), ());
        assert_eq!(body.collect().await.unwrap().to_bytes().len(), 10);
        assert_eq!(bodies.bytes(), 0);
        tokio::select! {
            over = begun.over(Duration::ZERO) => panic!("{over:?}"),
            () = tokio::time::sleep(Duration::from_millis(20)) => {}
        }
        let slow = bodies.begin();
        assert_eq!(slow.over(Duration::ZERO).await, Over::Time);
    }
}
