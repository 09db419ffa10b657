//! RFC 6749 §4.1.2, RFC 7009 §2.1, RFC 9700 §4.14.2: what a client knows of one authorization, and what must
//! hold of it.

use signet_certify::{Code, Reply, Tokens};

use super::talk::{Gone, Talk};

/// A code and everything that came of it, as far as the provider's answers told.
pub(super) struct Family {
    code: Code,
    life: Life,
    /// Every refresh token, the newest last.
    refresh: Vec<String>,
    /// Every access token that was not given back.
    access: Vec<String>,
    given_back: Vec<String>,
    /// The step whose answer has not come: it was taken or not.
    doubt: Option<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    /// Its code was never shown.
    Issued,
    Alive,
    /// Revoked, by its client or because something was used twice.
    Dead,
}

/// What a client, or a thief, may do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Redeem,
    RedeemTwice,
    Refresh,
    RefreshTwice,
    ReplayCode,
    ReplayRefresh,
    Revoke,
    GiveBack,
}

impl Family {
    pub(super) fn new(code: Code) -> Self {
        let (refresh, access, given_back) = (Vec::new(), Vec::new(), Vec::new());
        Self { code, life: Life::Issued, refresh, access, given_back, doubt: None }
    }

    pub(super) fn is_dead(&self) -> bool {
        self.life == Life::Dead && self.doubt.is_none()
    }

    /// Does something that fits, more often a good thing than a bad one.
    pub(super) async fn go_on(&mut self, talk: &Talk) -> Result<(), Gone> {
        match self.life {
            Life::Issued if talk.dice.below(6) == 0 => self.step(talk, Step::RedeemTwice).await,
            Life::Issued => self.step(talk, Step::Redeem).await,
            Life::Alive => match talk.dice.below(12) {
                0 => self.step(talk, Step::GiveBack).await,
                1..=3 => self.end(talk).await,
                4 => self.everything_works(talk).await,
                _ => self.step(talk, Step::Refresh).await,
            },
            Life::Dead => self.nothing_works(talk).await,
        }
    }

    /// After a restart: clears the doubt, then holds the provider to all that it had answered.
    pub(super) async fn settle(&mut self, talk: &Talk) -> Result<(), Gone> {
        if let Some(step) = self.doubt {
            // Taken or not, both are right; but this is the last time that there are two right answers.
            let reply = match self.refresh.last() {
                Some(head) => talk.refresh(head).await?,
                None => talk.redeem(&self.code).await?,
            };
            match talk.given_or_refused(&reply) {
                Some(tokens) => self.take(tokens),
                None => self.life = Life::Dead,
            }
            talk.count(if self.life == Life::Dead { "lost answers: done" } else { "lost answers: not done" });
            if step == Step::GiveBack && self.life == Life::Dead {
                talk.found_lost("a family fell with one of its access tokens", self);
            }
            self.doubt = None;
        }
        if self.life == Life::Issued {
            self.step(talk, Step::Redeem).await?;
        }
        if self.life == Life::Alive {
            self.everything_works(talk).await?;
            self.step(talk, Step::Refresh).await?;
            // Some live on and survive more than one kill.
            if talk.dice.below(4) != 0 {
                self.end(talk).await?;
            }
        }
        if self.life == Life::Dead {
            self.nothing_works(talk).await?;
        }
        Ok(())
    }

    /// Every token that is good.
    async fn everything_works(&self, talk: &Talk) -> Result<(), Gone> {
        for token in &self.access {
            talk.works(token, self).await?;
        }
        for token in &self.given_back {
            talk.is_revoked(token, self).await?;
        }
        Ok(())
    }

    /// Every handle there ever was.
    pub(super) async fn nothing_works(&self, talk: &Talk) -> Result<(), Gone> {
        talk.is_used(&talk.redeem(&self.code).await?, self);
        for token in &self.refresh {
            talk.is_used(&talk.refresh(token).await?, self);
        }
        for token in self.access.iter().chain(&self.given_back) {
            talk.is_revoked(token, self).await?;
        }
        Ok(())
    }

    async fn end(&mut self, talk: &Talk) -> Result<(), Gone> {
        let step = match talk.dice.below(4) {
            0 => Step::Revoke,
            1 => Step::ReplayCode,
            2 if self.refresh.len() > 1 => Step::ReplayRefresh,
            _ => Step::RefreshTwice,
        };
        self.step(talk, step).await
    }

    async fn step(&mut self, talk: &Talk, step: Step) -> Result<(), Gone> {
        self.doubt = Some(step);
        let newest = self.refresh.last().cloned().unwrap_or_default();
        match step {
            Step::Redeem => {
                let reply = talk.redeem(&self.code).await?;
                talk.is_given(&reply, self).into_iter().for_each(|tokens| self.take(tokens));
            }
            Step::Refresh => {
                let reply = talk.refresh(&newest).await?;
                talk.is_given(&reply, self).into_iter().for_each(|tokens| self.take(tokens));
            }
            Step::RedeemTwice => {
                let (one, other) = tokio::join!(talk.redeem(&self.code), talk.redeem(&self.code));
                self.twice(talk, [one, other])?;
            }
            Step::RefreshTwice => {
                let (one, other) = tokio::join!(talk.refresh(&newest), talk.refresh(&newest));
                self.twice(talk, [one, other])?;
            }
            Step::ReplayCode => {
                talk.is_used(&talk.redeem(&self.code).await?, self);
                self.life = Life::Dead;
            }
            Step::ReplayRefresh => {
                let old = talk.dice.place_in(&self.refresh[1..]);
                talk.is_used(&talk.refresh(&self.refresh[old]).await?, self);
                self.life = Life::Dead;
            }
            Step::Revoke => {
                talk.revoke(&newest).await?;
                self.life = Life::Dead;
            }
            Step::GiveBack => {
                if let Some(token) = self.access.pop() {
                    talk.revoke(&token).await?;
                    self.given_back.push(token);
                }
            }
        }
        talk.count(step.name());
        self.doubt = None;
        Ok(())
    }

    /// Of two uses at the same time exactly one is the first. The other shows that somebody else has the
    /// handle, and ends the family.
    fn twice(&mut self, talk: &Talk, replies: [Result<Reply, Gone>; 2]) -> Result<(), Gone> {
        let mut given = Vec::new();
        let mut lost = Ok(());
        for reply in replies {
            match reply {
                Ok(reply) => given.extend(talk.given_or_refused(&reply)),
                Err(gone) => lost = Err(gone),
            }
        }
        if given.len() > 1 {
            talk.found_twice("two requests at the same time were both answered with tokens", self);
        }
        if given.is_empty() && lost.is_ok() {
            talk.found_lost("neither of two requests at the same time was answered with tokens", self);
        }
        given.into_iter().for_each(|tokens| self.take(tokens));
        lost?;
        self.life = Life::Dead;
        Ok(())
    }

    fn take(&mut self, tokens: Tokens) {
        self.life = Life::Alive;
        self.refresh.extend(tokens.refresh_token);
        self.access.push(tokens.access_token);
    }

    /// For a failure: what was known when it was found.
    pub(super) fn story(&self) -> String {
        let (life, doubt) = (self.life, self.doubt);
        let (refresh, access) = (self.refresh.len(), self.access.len());
        format!(
            "{life:?}, at {doubt:?}, {refresh} refresh tokens, {access} access tokens, {}",
            self.code.value
        )
    }
}

impl Step {
    fn name(self) -> &'static str {
        match self {
            Self::Redeem => "codes redeemed",
            Self::RedeemTwice => "codes raced",
            Self::Refresh => "refreshed",
            Self::RefreshTwice => "refresh tokens raced",
            Self::ReplayCode => "codes replayed",
            Self::ReplayRefresh => "refresh tokens replayed",
            Self::Revoke => "families revoked",
            Self::GiveBack => "access tokens revoked",
        }
    }
}
