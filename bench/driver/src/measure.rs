//! A scenario under load.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::flow::{Plan, Tokens, Worker};
use crate::http::Jar;
use crate::proc::{cpu_of, Proc};

#[derive(Default)]
struct Tally {
    lat_us: Vec<u32>,
    errors: u64,
    requests: u64,
    connects: u64,
    sample: Option<String>,
}

pub struct Sample {
    pub rate: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub errors: u64,
    pub server_cpu: f64,
    pub driver_cpu: f64,
    pub ops: u64,
    pub requests: u64,
    pub connects: u64,
    pub secs: f64,
    pub sample: Option<String>,
}

pub struct Load {
    pub conns: usize,
    pub warm: f64,
    pub secs: f64,
}

/// `users` is kept between the scenarios of a round: the cookie jar and tokens
/// of each worker, so that a scenario need not log everyone in again.
pub async fn measure(
    plan: &Arc<Plan>,
    scenario: &'static str,
    load: &Load,
    users: &mut [(Jar, Tokens)],
    server: &Proc,
) -> Result<Sample, String> {
    let secs = load.secs;
    let mut workers = Vec::new();
    for (i, u) in users.iter().enumerate() {
        let mut w = Worker::new(plan.clone(), i);
        (w.jar, w.tokens) = u.clone();
        w.prepare(scenario).await?;
        workers.push(w);
    }
    let begin = Instant::now() + Duration::from_secs_f64(load.warm);
    let end = begin + Duration::from_secs_f64(secs);
    let tally = Rc::new(RefCell::new(Tally::default()));
    let local = tokio::task::LocalSet::new();
    let mut cpu = (0.0, 0.0);
    local
        .run_until(async {
            let mut tasks = Vec::new();
            for mut w in workers {
                let tally = tally.clone();
                tasks.push(tokio::task::spawn_local(async move {
                    let (mut r0, mut c0, mut counting) = (0, 0, false);
                    loop {
                        let t0 = Instant::now();
                        if t0 >= end {
                            break;
                        }
                        if !counting && t0 >= begin {
                            counting = true;
                            (r0, c0) = (w.requests, w.conn.connects);
                        }
                        let r = w.op(scenario).await;
                        let t1 = Instant::now();
                        let failed = r.is_err();
                        if t1 >= begin && t1 <= end {
                            let mut t = tally.borrow_mut();
                            match r {
                                Ok(()) => t.lat_us.push((t1 - t0).as_micros() as u32),
                                Err(e) => {
                                    t.errors += 1;
                                    t.sample.get_or_insert(e);
                                }
                            }
                        }
                        if failed {
                            tokio::time::sleep(Duration::from_millis(1)).await;
                            let _ = w.prepare(scenario).await;
                        }
                    }
                    let mut t = tally.borrow_mut();
                    t.requests += w.requests - r0;
                    t.connects += w.conn.connects - c0;
                    (w.jar, w.tokens)
                }));
            }
            tokio::time::sleep_until(begin.into()).await;
            let me = std::process::id();
            let (s0, d0) = (server.cpu_secs(), cpu_of(me));
            tokio::time::sleep_until(end.into()).await;
            cpu = (server.cpu_secs() - s0, cpu_of(me) - d0);
            for (u, t) in users.iter_mut().zip(tasks) {
                if let Ok(x) = t.await {
                    *u = x;
                }
            }
        })
        .await;
    let mut t = std::mem::take(&mut *tally.borrow_mut());
    t.lat_us.sort_unstable();
    let q = |p: f64| {
        let n = t.lat_us.len();
        if n == 0 {
            0.0
        } else {
            t.lat_us[((n as f64 * p) as usize).min(n - 1)] as f64 / 1000.0
        }
    };
    Ok(Sample {
        rate: t.lat_us.len() as f64 / secs,
        p50_ms: q(0.50),
        p99_ms: q(0.99),
        errors: t.errors,
        server_cpu: cpu.0,
        driver_cpu: cpu.1,
        ops: t.lat_us.len() as u64,
        requests: t.requests,
        connects: t.connects,
        secs,
        sample: t.sample.take(),
    })
}

pub fn median(mut v: Vec<f64>) -> f64 {
    v.sort_by(f64::total_cmp);
    match v.len() {
        0 => 0.0,
        n if n % 2 == 1 => v[n / 2],
        n => (v[n / 2 - 1] + v[n / 2]) / 2.0,
    }
}
