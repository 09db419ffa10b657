//! RFC 9700: the attacks it names, carried out. What another module proves already is not repeated here:
//! `docs/security.md` lists, section by section, which test holds which defence.

mod forgery;
mod guessing;
mod impersonation;
mod injection;
mod leaks;
mod mix_up;
mod page;
mod redirects;
