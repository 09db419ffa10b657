//! RFC 6749 §4.1.2, RFC 9700 §4.14.2: `signet serve` is killed under load, again and again, and holds to
//! every answer it gave.
//!
//! Clients sign people in, redeem, refresh, replay and revoke over HTTP until the process gets SIGKILL. It
//! starts again on the same file, and each family of tokens is held against what its client was told. A
//! request whose answer was lost was done or not; after the first look it counts as one of the two for ever.

mod family;
mod process;
mod talk;

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use signet_certify::browser::Cookie;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use family::Family;
use process::{Place, Server};
use talk::{Dice, Gone, Ledger, Talk};

const ISSUER: &str = "https://op.example";
const CLIENT: &str = "web";
const SECRET: &str = "survives: 100%";
const REDIRECT_URI: &str = "https://web.example/cb";
const USERNAME: &str = "diana";
const PASSWORD: &str = "krall";

const KILLS: u64 = 100;
const WORKERS: u64 = 6;
const SEED: u64 = 20_261_121;
/// Answers between the start of the load and the kill, at most.
const PATIENCE: u64 = 200;

#[test]
#[ignore = "starts and kills the binary a hundred times; `./test kill` runs it"]
fn a_hundred_kills_lose_no_answer_and_use_nothing_twice() {
    let mut run = Run::new();
    for kill in 1..=KILLS {
        run.killed_after(run.dice.below(PATIENCE));
        assert_eq!(run.verdict(), (vec![], vec![]), "lost, and used twice, in life {kill} of the server");
    }
    run.look_at_everything();
    assert_eq!(run.verdict(), (vec![], vec![]), "lost, and used twice, in the end");

    let counts = run.ledger.counts();
    let answers = run.ledger.answers.load(Ordering::SeqCst);
    let lines: String = counts.iter().map(|(what, count)| format!("  {count:6} {what}\n")).collect();
    let summary =
        format!("{KILLS} kills, {answers} answers held against the store, lost 0, used twice 0\n{lines}");
    // Not by `eprint`, which tests keep to themselves: these figures are for the log of anyone who runs it.
    std::io::stderr().write_all(summary.as_bytes()).unwrap();
    // Each kind of thing was tried often, and each fate of a lost answer was met.
    assert_eq!(counts.len(), KINDS, "{summary}");
    assert!(counts.values().all(|count| *count >= 10), "{summary}");
}

/// The kinds of things that are counted: the steps of a family, what is seen of its tokens and of sessions,
/// and the two fates of doubt.
const KINDS: usize = 15;

/// The verifier itself: a database that is set back to an earlier state has lost answers, and lets used
/// things be used again.
#[test]
fn a_store_that_forgets_is_found_out() {
    let mut run = Run::new();
    run.killed_after(PATIENCE);
    let before = run.place.snapshot();
    run.killed_after(PATIENCE);
    assert_eq!(run.verdict(), (vec![], vec![]));
    run.place.put_back(&before);
    run.look_at_everything();
    let (lost, twice) = run.verdict();
    assert!(!lost.is_empty() && !twice.is_empty(), "lost: {lost:#?}, used twice: {twice:#?}");
}

/// One installation and its clients through all its lives.
struct Run {
    place: Place,
    runtime: Runtime,
    ledger: Arc<Ledger>,
    dice: Dice,
    workers: Vec<Worker>,
    /// How many there were: each has its own chance.
    talks: u64,
}

/// A client's memory.
#[derive(Default)]
struct Worker {
    /// Families that are, or may be, alive, and those that have been dead for less than one restart.
    open: Vec<Family>,
    /// Families that were found dead after a restart.
    dead: Vec<Family>,
    /// Each sign-in's cookie.
    sessions: Vec<Cookie>,
}

impl Run {
    fn new() -> Self {
        Self {
            place: Place::new(),
            runtime: Runtime::new().unwrap(),
            ledger: Arc::default(),
            dice: Dice::new(SEED),
            workers: (0..WORKERS).map(|_| Worker::default()).collect(),
            talks: 0,
        }
    }

    fn verdict(&self) -> (Vec<String>, Vec<String>) {
        self.ledger.verdict()
    }

    /// One life of the server: what was left by the one before is settled, then there is load until the kill.
    fn killed_after(&mut self, answers: u64) {
        let mut server = Server::start(&self.place);
        self.ledger.killed.store(false, Ordering::SeqCst);
        self.everyone(&server, Phase::Settle);

        let mut working = self.begin(&server, Phase::Load);
        let enough = self.ledger.answers.load(Ordering::SeqCst) + answers;
        // So that the kill does not always fall just after an answer.
        let pause = Duration::from_micros(self.dice.below(3000));
        let ledger = self.ledger.clone();
        let answered = async {
            while ledger.answers.load(Ordering::SeqCst) < enough {
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
            tokio::time::sleep(pause).await;
        };
        self.workers = self.runtime.block_on(async {
            tokio::select! {
                () = answered => {}
                early = working.join_next() => panic!("a client stopped before the kill: {:?}", early.unwrap().err()),
            }
            ledger.killed.store(true, Ordering::SeqCst);
            server.kill();
            working.join_all().await
        });
        self.bury(server);
    }

    /// One more life, without load: every family and every session there ever was.
    fn look_at_everything(&mut self) {
        let mut server = Server::start(&self.place);
        self.ledger.killed.store(false, Ordering::SeqCst);
        self.everyone(&server, Phase::Settle);
        self.everyone(&server, Phase::Everything);
        server.kill();
        self.bury(server);
    }

    fn everyone(&mut self, server: &Server, phase: Phase) {
        let working = self.begin(server, phase);
        self.workers = self.runtime.block_on(working.join_all());
    }

    fn begin(&mut self, server: &Server, phase: Phase) -> JoinSet<Worker> {
        let _inside = self.runtime.enter();
        let mut working = JoinSet::new();
        for worker in self.workers.drain(..) {
            self.talks += 1;
            let talk = Talk::with(server, &self.ledger, SEED.wrapping_mul(self.talks));
            working.spawn(worker.work(talk, phase));
        }
        working
    }

    fn bury(&self, server: Server) {
        assert_eq!(server.bury(), "", "the server told of errors");
    }
}

#[derive(Clone, Copy)]
enum Phase {
    Settle,
    Load,
    Everything,
}

impl Worker {
    async fn work(mut self, talk: Talk, phase: Phase) -> Self {
        match phase {
            Phase::Settle => self.settle(&talk).await.unwrap(),
            Phase::Load => {
                let Gone = self.load(&talk).await;
            }
            Phase::Everything => self.look_at_everything(&talk).await.unwrap(),
        }
        self
    }

    async fn settle(&mut self, talk: &Talk) -> Result<(), Gone> {
        for mut family in std::mem::take(&mut self.open) {
            let was_dead = family.is_dead();
            family.settle(talk).await?;
            if was_dead { self.dead.push(family) } else { self.open.push(family) }
        }
        if let Some(session) = self.sessions.last() {
            self.open.extend(talk.authorize(session).await?);
        }
        Ok(())
    }

    /// Signs a person in, and then does this and that until nobody answers.
    async fn load(&mut self, talk: &Talk) -> Gone {
        match talk.sign_in().await {
            Ok((session, family)) => {
                self.sessions.push(session);
                self.open.push(family);
            }
            Err(gone) => return gone,
        }
        loop {
            if let Err(gone) = self.go_on(talk).await {
                return gone;
            }
        }
    }

    async fn go_on(&mut self, talk: &Talk) -> Result<(), Gone> {
        if talk.dice.below(5) == 0 || self.open.is_empty() {
            let session = talk.dice.one_of(&self.sessions);
            self.open.extend(talk.authorize(session).await?);
            return Ok(());
        }
        let chosen = talk.dice.place_in(&self.open);
        self.open[chosen].go_on(talk).await
    }

    async fn look_at_everything(&self, talk: &Talk) -> Result<(), Gone> {
        for family in self.dead.iter().chain(self.open.iter().filter(|family| family.is_dead())) {
            family.nothing_works(talk).await?;
        }
        for session in &self.sessions {
            talk.authorize(session).await?;
        }
        Ok(())
    }
}
