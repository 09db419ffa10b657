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

/// As 389 Directory Server and WordPress made them, of other passwords.
#[test]
fn hashes_of_other_passwords_are_verified() {
    for (hash, password) in [
        (
            "{PBKDF2_SHA256}AAAnEGTxXtnR/oox922/jZyjH6fmiIdW4AwIYZE2LfCVL/SUz5GbAHfjRj4NbN2u8ul0/j/dUzJ4gQSawGALGHZV74nOAtPttoZDTsh7BeGCLD/Ps7vRugwDdz9uPARXzF3bD/8qCpumvRGb4pehzfQsk+FnGgTwi0rUeVaN8a7Kbv8ZpRfU2sd+208F/YL42BWAh/2tv0I4vY7ZsrCZcrUJtgKWy5Nr+t78zmPkrZsX/kgfnGdXhr50kN10cmkLQ0/cZOXo9CAkpeZyFu+wQ5vQdUaES2Vd5kBjJYPCkr4b2ocr4ETQi3IGO2GGCoCetmMIETsudRVSxUNBbva+Vgxin5Apu4wIP/0ZyuGK6TuWLqLnNpmK3RkRx0xjqJ4nN2Ok0ul0XYBJcYIBt4UoaVM2uSa/Etw28Uy+zAsUv2AOiRo5",
            "Password123",
        ),
        ("$wp$2y$12$pIZ38i.tj5zPQCDAd2VEG.JiCUXo.PdElX0/c/ldr80nPl2YplsUG", "O\\'Brien123!"),
        ("$wp$2y$04$abcdefghijklmnopqrstuu7.T4TR1A0OA6d0Ej8MOAuQ65v3oXdLS", " crème brûlée\n"),
    ] {
        assert!(verifies(hash, password), "{hash}");
        assert!(!verifies(hash, "password"), "{hash}");
    }
}
