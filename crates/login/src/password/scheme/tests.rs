use super::*;

const HASHES: &str = include_str!("../../../tests/hashes.tsv");

fn vectors() -> impl Iterator<Item = (&'static str, &'static str)> {
    HASHES.lines().filter(|line| !line.starts_with('#')).map(|line| line.split_once('\t').unwrap())
}

fn verifies(hash: &str, password: &str) -> bool {
    let hash = read(hash).unwrap().unwrap_or_else(|why| panic!("{hash}: {why:?}"));
    hash.matches(&mut Memory::default(), password.as_bytes()).unwrap()
}

#[test]
fn hashes_that_other_systems_made_are_verified() {
    assert!(vectors().count() > 40);
    for (maker, hash) in vectors() {
        assert!(verifies(hash, "crème brûlée"), "{maker}: {hash}");
        assert!(!verifies(hash, "crème brulée"), "{maker}: {hash}");
    }
}

/// Each scheme has its vectors, and each is read by that scheme alone.
#[test]
fn every_scheme_has_vectors_and_shares_none() {
    let mut seen = vec![0; SCHEMES.len()];
    for (_, hash) in vectors() {
        let readers: Vec<usize> =
            (0..SCHEMES.len()).filter(|at| (SCHEMES[*at].read)(bare(hash)).is_some()).collect();
        assert_eq!(readers.len(), 1, "{hash}");
        seen[readers[0]] += 1;
    }
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
}

#[test]
fn only_what_is_made_today_is_current() {
    let ours = Parameters { memory_kib: 64, iterations: 1, parallelism: 1 };
    let current = |hash: &str| read(hash).unwrap().unwrap().is_current(ours);
    let today = Argon2::new(&mut Memory::default(), ours, b"krall", [7; 16]).unwrap().to_string();
    assert!(current(&today));
    for (maker, hash) in vectors() {
        assert!(!current(hash), "{maker}");
    }
}

/// Few rounds are raised to 1,000, as crypt(3) does; bcrypt's text ends at a zero, as C's does.
#[test]
fn bounds_that_other_systems_apply_silently() {
    let hash = "$5$rounds=10$roundstoolow$yfvwcaByCgZeDVGREvSNbCjOHMKMRpMNZLbJzvRFWVd";
    assert!(read(hash).unwrap().is_ok());
    let hash = "$2b$05$abcdefghijklmnopqrstuurvummARvI5AgBBROstzhe/LLa10D71y";
    assert!(!verifies(hash, "crème brûlée\0crème brûlée"));
}
