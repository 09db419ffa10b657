//! Who may have a connection: so many in all, and of them so many from one network. When there are too many,
//! those go that have been idle for longest, so that a crowd of connections that ask for nothing, or never
//! finish asking, keeps nobody out.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use signet_login::network::Network as Site;
use tokio::sync::Notify;

use super::connection::Activity;
use crate::network::Network;
use crate::web::forwarded::is_trusted;

/// All connections of a server, over all of its listeners.
#[derive(Debug)]
pub(super) struct Room {
    most: usize,
    most_of_network: usize,
    proxies: Vec<Network>,
    taken: Mutex<Taken>,
    /// A connection has ended, or has nothing to do any more.
    freed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Taken {
    next: u64,
    places: BTreeMap<u64, Occupant>,
    present: usize,
    /// Those of a network, at each size.
    sites: BTreeMap<Site, usize>,
}

#[derive(Debug)]
struct Occupant {
    /// None for proxies and this machine, behind which anybody may be.
    site: Option<Site>,
    activity: Arc<Activity>,
    leave: Arc<Notify>,
    leaving: bool,
}

impl Occupant {
    fn is_of(&self, site: Site) -> bool {
        self.site.is_some_and(|own| own.nested().any(|(around, _)| around == site))
    }
}

/// A connection's place; it is free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    room: Arc<Room>,
    number: u64,
    leave: Arc<Notify>,
    pub(super) activity: Arc<Activity>,
}

impl Room {
    pub(super) fn new(most: usize, most_of_network: usize, proxies: Vec<Network>) -> Self {
        Self { most, most_of_network, proxies, taken: Mutex::default(), freed: Arc::default() }
    }

    /// A place for somebody who is at the door; without one they have to be turned away, because their
    /// network does too much at once.
    pub(super) fn enter(self: &Arc<Self>, peer: IpAddr) -> Option<Place> {
        let site = self.site(peer);
        let mut taken = self.taken();
        for (around, times) in site.into_iter().flat_map(Site::nested) {
            let most = self.share(times);
            let theirs = taken.sites.get(&around).copied().unwrap_or_default();
            if theirs >= most && taken.clear(most, |occupant| occupant.is_of(around)) == 0 {
                return None;
            }
        }
        let number = taken.next;
        taken.next = taken.next.wrapping_add(1);
        let (activity, leave) = (Arc::new(Activity::new(self.freed.clone())), Arc::new(Notify::new()));
        taken.came(site);
        let occupant = Occupant { site, activity: activity.clone(), leave: leave.clone(), leaving: false };
        taken.places.insert(number, occupant);
        drop(taken);
        Some(Place { room: self.clone(), number, leave, activity })
    }

    /// A larger network has more, but of the house, which is small, no more than half: a /56 twice as many, a
    /// /48 or an IPv4 /24 four times.
    fn share(&self, times: u64) -> usize {
        let times = usize::try_from(times.isqrt()).unwrap_or(usize::MAX);
        self.most_of_network.saturating_mul(times).min((self.most / 2).max(self.most_of_network))
    }

    /// Ends when there is room for one more: at once, or when somebody has gone, or could go.
    pub(super) async fn has_room(&self) {
        loop {
            let freed = self.freed.notified();
            if self.make_room() {
                return;
            }
            freed.await;
        }
    }

    fn make_room(&self) -> bool {
        let mut taken = self.taken();
        taken.present < self.most || taken.clear(self.most, |_| true) > 0
    }

    /// Sends those away that have been idle for longest, because something has run out that connections need.
    pub(super) fn relieve(&self) {
        self.taken().clear(self.most, |_| true);
    }

    fn site(&self, peer: IpAddr) -> Option<Site> {
        let peer = peer.to_canonical();
        let ours = peer.is_loopback() || is_trusted(peer, &self.proxies);
        (!ours).then(|| Site::of(peer))
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// Asks some of those to leave that have been idle for longest; how many. A few at a time, so that
    /// looking through all of them is rare.
    fn clear(&mut self, most: usize, among: impl Fn(&Occupant) -> bool) -> usize {
        let mut idle: Vec<_> = self
            .places
            .iter()
            .filter(|(_, occupant)| !occupant.leaving && among(occupant))
            .filter_map(|(number, occupant)| Some((occupant.activity.idle_since()?, *number)))
            .collect();
        let some = (most / 64).clamp(1, idle.len().max(1));
        if some < idle.len() {
            idle.select_nth_unstable(some);
            idle.truncate(some);
        }
        for (_, number) in &idle {
            if let Some(occupant) = self.places.get_mut(number) {
                occupant.leaving = true;
                occupant.leave.notify_one();
                let site = occupant.site;
                self.left(site);
            }
        }
        idle.len()
    }

    fn came(&mut self, site: Option<Site>) {
        self.present += 1;
        for (around, _) in site.into_iter().flat_map(Site::nested) {
            *self.sites.entry(around).or_default() += 1;
        }
    }

    /// Those that were asked to leave count no longer.
    fn left(&mut self, site: Option<Site>) {
        self.present -= 1;
        for (around, _) in site.into_iter().flat_map(Site::nested) {
            if let Some(count) = self.sites.get_mut(&around) {
                *count -= 1;
                if *count == 0 {
                    self.sites.remove(&around);
                }
            }
        }
    }
}

impl Place {
    /// Ends when others need the place.
    pub(super) async fn needed(&self) {
        self.leave.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.room.taken();
        if let Some(occupant) = taken.places.remove(&self.number).filter(|occupant| !occupant.leaving) {
            taken.left(occupant.site);
        }
        drop(taken);
        self.room.freed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::connection::{Reading, UnderWay};

    fn room(most: usize, of_network: usize) -> Arc<Room> {
        Arc::new(Room::new(most, of_network, vec![Network::parse("10.0.0.0/8").unwrap()]))
    }

    fn enter(room: &Arc<Room>, peer: &str) -> Option<Place> {
        room.enter(peer.parse().unwrap())
    }

    fn is_needed(place: &Place) -> bool {
        let mut needed = tokio_test(place.needed());
        needed()
    }

    /// Whether a future is ready when it is looked at once.
    fn tokio_test(future: impl Future<Output = ()>) -> impl FnMut() -> bool {
        let mut future = Box::pin(future);
        move || {
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            future.as_mut().poll(&mut context).is_ready()
        }
    }

    #[test]
    fn a_network_has_its_share_and_its_longest_idle_go() {
        let room = room(100, 2);
        let (first, second) = (enter(&room, "192.0.2.1").unwrap(), enter(&room, "::ffff:192.0.2.1").unwrap());
        let third = enter(&room, "192.0.2.1").unwrap();
        assert!(is_needed(&first) && !is_needed(&second) && !is_needed(&third));
        // Its neighbours have a share of their own.
        assert!(enter(&room, "192.0.2.2").is_some());
        assert!(!is_needed(&second));
    }

    #[test]
    fn a_network_that_is_busy_has_to_wait_at_the_door() {
        let room = room(100, 1);
        let place = enter(&room, "192.0.2.1").unwrap();
        let under_way = UnderWay::begin(&place.activity);
        assert!(enter(&room, "192.0.2.1").is_none());
        drop(under_way);
        assert!(enter(&room, "192.0.2.1").is_some());
        assert!(is_needed(&place));
    }

    #[test]
    fn an_ipv6_network_is_a_64() {
        let room = room(100, 1);
        let first = enter(&room, "2001:db8::1").unwrap();
        let _second = enter(&room, "2001:db8::ffff:0:1").unwrap();
        assert!(is_needed(&first));
        let other = enter(&room, "2001:db8:0:1::1").unwrap();
        assert!(!is_needed(&other));
    }

    #[test]
    fn larger_networks_have_shares_as_well() {
        let room = room(100, 3);
        let numbers = 0..100_u32;
        // Each /64 has one, each /56 six, the /48 twelve.
        let of = |address: &dyn Fn(u32) -> String| {
            let there = numbers.clone().map_while(|number| {
                let place = enter(&room, &address(number))?;
                let under_way = UnderWay::begin(&place.activity);
                Some((place, under_way))
            });
            there.collect::<Vec<_>>().len()
        };
        assert_eq!(of(&|number| format!("2001:db8:0:{number:x}::1")), 6);
        assert_eq!(of(&|number| format!("2001:db8:0:{:x}::1", number * 256)), 12);
        assert_eq!(of(&|number| format!("2001:db8:{number:x}::1")), 100);
        assert_eq!(of(&|number| format!("192.0.2.{number}")), 12);
        assert_eq!(of(&|number| format!("192.0.{number}.1")), 100);
    }

    #[test]
    fn the_longest_idle_of_a_large_network_make_room_for_it() {
        let room = room(100, 1);
        let mut places: Vec<_> =
            (0..4).map(|number| enter(&room, &format!("192.0.2.{number}")).unwrap()).collect();
        places.push(enter(&room, "192.0.2.99").unwrap());
        assert!(is_needed(&places[0]) && places[1..].iter().all(|place| !is_needed(place)));
    }

    #[test]
    fn proxies_and_this_machine_have_all_the_room() {
        let room = room(100, 1);
        let places: Vec<_> = ["10.1.2.3", "10.1.2.3", "127.0.0.1", "127.0.0.1", "::1"]
            .map(|peer| enter(&room, peer).unwrap())
            .into();
        assert!(places.iter().all(|place| !is_needed(place)));
    }

    #[test]
    fn a_full_house_makes_room_by_the_longest_idle() {
        let room = room(2, 2);
        let (busy, idle) = (enter(&room, "192.0.2.1").unwrap(), enter(&room, "192.0.2.2").unwrap());
        let under_way = UnderWay::begin(&busy.activity);
        assert!(room.make_room());
        assert!(is_needed(&idle) && !is_needed(&busy));
        // Who was asked to leave is not counted any more.
        let third = enter(&room, "192.0.2.3").unwrap();
        let _both = UnderWay::begin(&third.activity);
        assert!(!room.make_room());
        drop((under_way, busy));
        assert!(room.make_room());
    }

    /// The one who waits at the door is waked by the first connection that is answered, not by the first that
    /// ends.
    #[test]
    fn a_connection_that_becomes_idle_makes_room_at_once() {
        let room = room(2, 2);
        let (first, second) = (enter(&room, "192.0.2.1").unwrap(), enter(&room, "192.0.3.1").unwrap());
        let (one, other) = (UnderWay::begin(&first.activity), UnderWay::begin(&first.activity));
        let _busy = UnderWay::begin(&second.activity);
        let mut has_room = tokio_test(room.has_room());
        assert!(!has_room());
        drop(one);
        assert!(!has_room(), "another request of the same connection is under way");
        drop(other);
        assert!(has_room());
        assert!(is_needed(&first) && !is_needed(&second));
    }

    #[test]
    fn who_never_finishes_asking_makes_room_as_the_idle_do() {
        let room = room(2, 2);
        let (first, second) = (enter(&room, "192.0.2.1").unwrap(), enter(&room, "192.0.3.1").unwrap());
        let _both = (UnderWay::begin(&first.activity), UnderWay::begin(&second.activity));
        assert!(!room.make_room());
        let reading = (Reading::begin(&second.activity), Reading::begin(&first.activity));
        drop(reading.1);
        assert!(room.make_room());
        assert!(is_needed(&second) && !is_needed(&first));
    }
}
