//! opbench: a neutral closed-loop load driver for OpenID Connect Providers.

mod config;
mod flow;
mod http;
mod measure;
mod proc;

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use flow::{decode, Plan, Worker, SCENARIOS};
use measure::{measure, median, Load, Sample};
use serde_json::{json, Value};

const USAGE: &str = "usage: opbench run|probe --target FILE [options]
  --conns N        concurrent keep-alive connections (32)
  --secs T         measured seconds per scenario (5)
  --warmup T       seconds before each measurement (1)
  --rounds R       rounds, each on a fresh server; medians are reported (3)
  --scenarios A,B  only these
  --server-cpu L   CPU list for the server, or `any` (0)
  --attach PID     measure a running server instead of starting one
  --log FILE       the server's output (opbench-server.log)
  --out FILE       append one JSON line per target
  --trace          probe: print every exchange";

struct Args(Vec<String>);

impl Args {
    fn opt(&self, name: &str) -> Option<&str> {
        self.0.iter().position(|a| a == name).and_then(|i| self.0.get(i + 1)).map(String::as_str)
    }
    fn num(&self, name: &str, default: f64) -> f64 {
        self.opt(name).map_or(default, |v| v.parse().unwrap_or_else(|_| die(&format!("{name}: {v}"))))
    }
}

fn die(msg: &str) -> ! {
    eprintln!("{msg}");
    std::process::exit(2)
}

async fn discover(plan: &Plan) -> Result<Value, String> {
    let mut conn = http::Conn::new(&plan.authority);
    let mut resp = http::Response::default();
    let hs: Vec<(&str, &str)> = plan.t.headers.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let req =
        http::Req { method: "GET", path: &plan.t.discovery, host: &plan.authority, headers: &hs, body: None }
            .bytes();
    conn.exchange(&req, &mut resp).await.map_err(|e| e.to_string())?;
    if resp.status != 200 {
        return Err(format!("discovery: HTTP {}", resp.status));
    }
    serde_json::from_slice(&resp.body).map_err(|e| e.to_string())
}

/// Starts the server; returns it with the milliseconds to the first 200.
async fn start(plan: &Plan, a: &Args) -> Result<(proc::Proc, f64), String> {
    if let Some(pid) = a.opt("--attach") {
        return Ok((proc::Proc::attach(pid.parse().map_err(|_| "--attach")?), 0.0));
    }
    let s = plan.t.server.as_ref().ok_or("no [server]; use --attach PID")?;
    if discover(plan).await.is_ok() {
        return Err(format!("something already answers at {}", plan.t.base));
    }
    proc::run_to_end(&s.prepare, s.cwd.as_deref())?;
    let t0 = Instant::now();
    let mut p = proc::Proc::spawn(
        s,
        a.opt("--server-cpu").unwrap_or("0"),
        a.opt("--log").unwrap_or("opbench-server.log"),
    )?;
    loop {
        if discover(plan).await.is_ok() {
            break;
        }
        if p.exited() {
            return Err("the server exited".into());
        }
        if t0.elapsed() > Duration::from_secs(60) {
            return Err("the server did not answer within 60 s".into());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let ms = t0.elapsed().as_secs_f64() * 1000.0;
    proc::run_to_end(&s.seed, s.cwd.as_deref())?;
    Ok((p, ms))
}

fn describe(name: &str, token: &str) {
    match decode(token) {
        Some((h, c)) => println!("{name}: JWT {} bytes {h} {c}", token.len()),
        None => println!("{name}: opaque {} bytes", token.len()),
    }
}

async fn probe(plan: Arc<Plan>, trace: bool) -> bool {
    let mut all = true;
    for &s in SCENARIOS {
        if plan.t.skip.iter().any(|x| x == s) {
            println!("skip  {s}");
            continue;
        }
        let mut w = Worker::new(plan.clone(), 0);
        w.trace = trace;
        let r = match w.prepare(s).await {
            Ok(()) => {
                w.requests = 0;
                let t0 = Instant::now();
                w.op(s).await.map(|()| t0.elapsed())
            }
            Err(e) => Err(format!("prepare: {e}")),
        };
        match r {
            Ok(d) => println!(
                "ok    {s}: {} exchanges, {} bytes in the last, {:.2} ms",
                w.requests,
                w.resp.body.len(),
                d.as_secs_f64() * 1e3
            ),
            Err(e) => {
                println!("FAIL  {s}: {e}");
                all = false;
            }
        }
        if s == "client_credentials" {
            if let Ok(v) = serde_json::from_slice::<Value>(&w.resp.body) {
                describe("      access token", v["access_token"].as_str().unwrap_or(""));
            }
        }
        if matches!(s, "login" | "refresh") {
            describe("      id_token", w.tokens.id.as_deref().unwrap_or(""));
            describe("      access token", &w.tokens.access);
            describe("      refresh token", w.tokens.refresh.as_deref().unwrap_or("-"));
        }
    }
    all
}

async fn run(plan: Plan, a: Args) -> Result<(), String> {
    let load = Load {
        conns: a.num("--conns", 32.0) as usize,
        warm: a.num("--warmup", 1.0),
        secs: a.num("--secs", 5.0),
    };
    let rounds = a.num("--rounds", 3.0) as usize;
    let only: Option<Vec<&str>> = a.opt("--scenarios").map(|s| s.split(',').collect());
    let mut samples: Vec<(&'static str, Vec<Sample>)> = SCENARIOS
        .iter()
        .filter(|s| !plan.t.skip.iter().any(|x| x == *s))
        .filter(|s| only.as_ref().is_none_or(|o| o.contains(s)))
        .map(|s| (*s, Vec::new()))
        .collect();
    println!("# {}", plan.t.name);
    let (mut colds, mut rss0, mut rss1, mut peaks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut plan = Arc::new(plan);
    // Every round measures a server that was just started.
    for round in 1..=rounds {
        let (server, ms) = start(&plan, &a).await?;
        colds.push(ms);
        rss0.push(server.rss_kib() as f64 / 1024.0);
        let d = discover(&plan).await?;
        Arc::get_mut(&mut plan).ok_or("plan in use")?.learn(&d)?;
        let mut users = vec![Default::default(); load.conns];
        for (s, v) in &mut samples {
            match measure(&plan, s, &load, &mut users, &server).await {
                Ok(x) => {
                    println!(
                        "  round {round} {s:<18} {:>9.1}/s p50 {:.2} p99 {:.2} ms errors {} server CPU {:.0}% driver {:.0}% {:.4} ms/op{}",
                        x.rate, x.p50_ms, x.p99_ms, x.errors,
                        100.0 * x.server_cpu / x.secs, 100.0 * x.driver_cpu / x.secs,
                        1000.0 * x.server_cpu / x.ops.max(1) as f64,
                        x.sample.as_deref().map_or(String::new(), |e| format!(" [{e}]")),
                    );
                    v.push(x);
                }
                Err(e) => println!("  round {round} {s}: {e}"),
            }
            let _ = std::io::stdout().flush();
        }
        rss1.push(server.rss_kib() as f64 / 1024.0);
        peaks.push(server.peak_kib() as f64 / 1024.0);
        drop(server);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let (cold, rss_start, rss_end, peak) = (median(colds), median(rss0), median(rss1), median(peaks));
    println!("cold start {cold:.0} ms, RSS after start {rss_start:.1} MiB, at the end {rss_end:.1} MiB, peak {peak:.1} MiB\n");
    println!("| scenario | per s | p50 ms | p99 ms | errors | server CPU ms/op | per server-CPU-s | server CPU % | driver CPU % | connects |");
    println!("|---|---|---|---|---|---|---|---|---|---|");
    let mut out = Vec::new();
    for (s, v) in &samples {
        if v.is_empty() {
            println!("| {s} | failed | | | | | | | | |");
            continue;
        }
        let m = |f: &dyn Fn(&Sample) -> f64| median(v.iter().map(f).collect());
        let rate = m(&|x| x.rate);
        let cpu_op = m(&|x| {
            if x.ops == 0 {
                0.0
            } else {
                1000.0 * x.server_cpu / x.ops as f64
            }
        });
        let (p50, p99) = (m(&|x| x.p50_ms), m(&|x| x.p99_ms));
        let errors: u64 = v.iter().map(|x| x.errors).sum();
        let connects: u64 = v.iter().map(|x| x.connects).sum();
        let (su, du) = (m(&|x| 100.0 * x.server_cpu / x.secs), m(&|x| 100.0 * x.driver_cpu / x.secs));
        let per_op = m(&|x| {
            if x.ops == 0 {
                0.0
            } else {
                x.requests as f64 / x.ops as f64
            }
        });
        let per_cpu = if cpu_op > 0.0 { 1000.0 / cpu_op } else { 0.0 };
        println!("| {s} | {rate:.1} | {p50:.2} | {p99:.2} | {errors} | {cpu_op:.4} | {per_cpu:.0} | {su:.0} | {du:.0} | {connects} |");
        out.push(json!({
            "scenario": s, "rate": rate, "p50_ms": p50, "p99_ms": p99, "errors": errors,
            "server_cpu_ms_per_op": cpu_op, "per_server_cpu_s": per_cpu,
            "server_cpu_pct": su, "driver_cpu_pct": du, "connects": connects,
            "exchanges_per_op": per_op, "rounds": v.iter().map(|x| [x.rate, x.ops as f64 / x.server_cpu.max(0.01)]).collect::<Vec<_>>(),
            "first_error": v.iter().find_map(|x| x.sample.clone()),
        }));
    }
    if let Some(f) = a.opt("--out") {
        let line = json!({
            "target": plan.t.name, "conns": load.conns, "secs": load.secs, "rounds": rounds,
            "cold_start_ms": cold, "rss_start_mib": rss_start, "rss_end_mib": rss_end,
            "rss_peak_mib": peak, "results": out,
        });
        let mut f =
            std::fs::OpenOptions::new().create(true).append(true).open(f).map_err(|e| e.to_string())?;
        writeln!(f, "{line}").map_err(|e| e.to_string())?;
    }
    Ok(())
}

fn main() {
    let argv: Vec<String> = std::env::args().skip(1).collect();
    let a = Args(argv.clone());
    let Some(file) = a.opt("--target") else { die(USAGE) };
    let plan = config::load(file).and_then(Plan::new).unwrap_or_else(|e| die(&e));
    let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    match argv.first().map(String::as_str) {
        Some("run") => rt.block_on(async {
            if let Err(e) = run(plan, a).await {
                die(&e);
            }
        }),
        Some("probe") => rt.block_on(async {
            let mut plan = plan;
            let server = match start(&plan, &a).await {
                Ok((s, _)) => s,
                Err(e) => die(&e),
            };
            let ok = match discover(&plan).await.and_then(|d| plan.learn(&d)) {
                Ok(()) => probe(Arc::new(plan), argv.iter().any(|x| x == "--trace")).await,
                Err(e) => die(&e),
            };
            drop(server);
            std::process::exit(!ok as i32);
        }),
        _ => die(USAGE),
    }
}
