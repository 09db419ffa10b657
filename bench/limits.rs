//! What this machine can do at best, for `bench/run` to hold Signet against: CPU per signature and per
//! password check, and a server that does nothing but answer, on the loop that serves Signet.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::get;
use serde_json::json;
use signet::serve::{Options, Server, told_to_stop};
use signet_core::secret::Secret;
use signet_jose::{SigningAlg, SigningKey, jws};
use signet_login::password::{Memory, Parameters, Password};

type Failure = Box<dyn std::error::Error>;

const USAGE: &str = "usage: limits cpu | limits serve ADDRESS";
const LONG_ENOUGH: Duration = Duration::from_millis(1500);
/// As long as the payload of an ID token.
const PAYLOAD: [u8; 300] = [b'x'; 300];

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["cpu"] => cpu().map(|figures| println!("{figures}")),
        ["serve", address] => serve(address),
        _ => Err(USAGE.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Milliseconds of CPU for one of each.
fn cpu() -> Result<serde_json::Value, Failure> {
    let (rs256, es256) = (SigningKey::generate(SigningAlg::Rs256)?, SigningKey::generate(SigningAlg::Es256)?);
    let password = Password::new(Parameters::default())?;
    let (mut memory, typed) = (Memory::default(), Secret::new("correct-horse".to_owned()));
    Ok(json!({
        "RS256": cost(|| jws::sign(&rs256, Some("JWT"), &PAYLOAD))?,
        "ES256": cost(|| jws::sign(&es256, Some("JWT"), &PAYLOAD))?,
        "Argon2id": cost(|| password.check(&mut memory, &typed, None))?,
    }))
}

fn cost<T, E: std::error::Error + 'static>(mut work: impl FnMut() -> Result<T, E>) -> Result<f64, Failure> {
    work()?;
    let (began, before) = (Instant::now(), on_processor()?);
    let mut rounds = 0_u32;
    while began.elapsed() < LONG_ENOUGH {
        work()?;
        rounds += 1;
    }
    Ok((on_processor()? - before).as_secs_f64() * 1e3 / f64::from(rounds))
}

/// The kernel's account of this thread, which leaves out the time that others had the processor.
fn on_processor() -> Result<Duration, Failure> {
    let account = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanoseconds = account.split_whitespace().next().ok_or("the kernel keeps no account of threads")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

fn serve(address: &str) -> Result<(), Failure> {
    let address: SocketAddr = address.parse()?;
    let answer = || async { ([("content-type", "application/json")], "{\"hello\":\"world\"}") };
    let router = Router::new().route("/", get(answer));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let stop = told_to_stop()?;
        Ok(Server::bind(&Options::local(vec![address])).await?.run(router, stop).await?)
    })
}
