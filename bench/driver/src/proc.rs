//! The server under test: start, pin, measure, stop.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::process::{Child, Command, Stdio};

use crate::config::Server;

pub struct Proc {
    pub pid: u32,
    child: Option<Child>,
}

fn stat_fields(pid: u32) -> Option<Vec<String>> {
    let s = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let rest = &s[s.rfind(')')? + 2..];
    Some(rest.split(' ').map(str::to_string).collect())
}

fn status_kib(pid: u32, key: &str) -> u64 {
    fs::read_to_string(format!("/proc/{pid}/status"))
        .ok()
        .and_then(|s| {
            s.lines().find(|l| l.starts_with(key)).and_then(|l| l.split_whitespace().nth(1)?.parse().ok())
        })
        .unwrap_or(0)
}

/// Runs a helper command of the target to its end.
pub fn run_to_end(cmd: &[String], cwd: Option<&str>) -> Result<(), String> {
    let Some((prog, args)) = cmd.split_first() else {
        return Ok(());
    };
    let mut c = Command::new(prog);
    c.args(args).stdout(Stdio::null());
    if let Some(d) = cwd {
        c.current_dir(d);
    }
    match c.status() {
        Ok(s) if s.success() => Ok(()),
        Ok(s) => Err(format!("{prog}: {s}")),
        Err(e) => Err(format!("{prog}: {e}")),
    }
}

impl Proc {
    pub fn attach(pid: u32) -> Self {
        Proc { pid, child: None }
    }

    pub fn spawn(s: &Server, cpu: &str, log: &str) -> Result<Self, String> {
        let log = fs::File::create(log).map_err(|e| e.to_string())?;
        let err = log.try_clone().map_err(|e| e.to_string())?;
        let Some((program, args)) = s.command.split_first() else {
            return Err("the command is empty".into());
        };
        let mut c = if cpu == "any" {
            Command::new(program)
        } else {
            let mut pinned = Command::new("taskset");
            pinned.arg("-c").arg(cpu).arg(program);
            pinned
        };
        c.args(args);
        c.envs(&s.env).stdin(Stdio::null()).stdout(log).stderr(err);
        if let Some(d) = &s.cwd {
            c.current_dir(d);
        }
        let child = c.spawn().map_err(|e| e.to_string())?;
        Ok(Proc { pid: child.id(), child: Some(child) })
    }

    pub fn exited(&mut self) -> bool {
        match &mut self.child {
            Some(c) => matches!(c.try_wait(), Ok(Some(_)) | Err(_)),
            None => false,
        }
    }

    fn tree(&self) -> Vec<u32> {
        let mut parents: HashMap<u32, Vec<u32>> = HashMap::new();
        if let Ok(rd) = fs::read_dir("/proc") {
            for e in rd.flatten() {
                let Some(pid) = e.file_name().to_str().and_then(|s| s.parse::<u32>().ok()) else {
                    continue;
                };
                if let Some(f) = stat_fields(pid) {
                    if let Some(pp) = f.get(1).and_then(|s| s.parse().ok()) {
                        parents.entry(pp).or_default().push(pid);
                    }
                }
            }
        }
        let (mut out, mut seen) = (vec![self.pid], HashSet::from([self.pid]));
        let mut i = 0;
        while i < out.len() {
            for &c in parents.get(&out[i]).map(Vec::as_slice).unwrap_or(&[]) {
                if seen.insert(c) {
                    out.push(c);
                }
            }
            i += 1;
        }
        out
    }

    /// CPU seconds, user and system, of the process tree.
    pub fn cpu_secs(&self) -> f64 {
        self.tree().iter().map(|&p| cpu_of(p)).sum()
    }

    pub fn rss_kib(&self) -> u64 {
        self.tree().iter().map(|&p| status_kib(p, "VmRSS:")).sum()
    }

    pub fn peak_kib(&self) -> u64 {
        self.tree().iter().map(|&p| status_kib(p, "VmHWM:")).sum()
    }

    pub fn stop(&mut self) {
        let Some(c) = &mut self.child else { return };
        unsafe { libc::kill(c.id() as i32, libc::SIGTERM) };
        for _ in 0..1000 {
            if matches!(c.try_wait(), Ok(Some(_)) | Err(_)) {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let _ = c.kill();
        let _ = c.wait();
    }
}

impl Drop for Proc {
    fn drop(&mut self) {
        self.stop();
    }
}

pub fn cpu_of(pid: u32) -> f64 {
    let hz = unsafe { libc::sysconf(libc::_SC_CLK_TCK) } as f64;
    let Some(f) = stat_fields(pid) else {
        return 0.0;
    };
    let t = |i: usize| f.get(i).and_then(|s| s.parse::<f64>().ok()).unwrap_or(0.0);
    (t(11) + t(12)) / hz
}
