//! How a round begins: with the trusted root (TUF 5.2).

use sealift_metadata::Digest;
use sealift_metadata::root::Root;
use sealift_metadata::trusted::RootStage;
use sealift_metadata::verify::Verified;

use super::{State, Updater, wait_for_trial};
use crate::Result;
use crate::decode::Decode;
use crate::error::Error;
use crate::refresh::Refresh;

impl<D: Decode> Updater<'_, D> {
    /// Begins the round with the root that was persisted last, or the one from the factory
    /// (TUF 5.2). It is apart from [`Self::new`] so that the machine lies where it will stay while
    /// signatures are checked: there is one copy of it on the stack, not two.
    ///
    /// # Errors
    /// [`Error::RootReplaced`], or what is wrong with the root.
    #[inline(never)]
    pub fn begin(&mut self, root: &[u8]) -> Result<()> {
        let Self { core, state } = self;
        if let Some((id, _, booted)) = core.boot.trial() {
            let sequence = core.boot.slot(id).sequence;
            (*state, core.ask) = wait_for_trial(sequence, booted);
            return Ok(());
        }
        let digest = RootStage::examine(root)?;
        self.admit_root(root, &digest)?;
        let begun = self.begin_refresh(&digest);
        if begun.is_err() {
            self.state = State::Ended;
        }
        begun
    }

    /// The root is read here and goes into a stage elsewhere: of the copies on the way there, none
    /// lies on the stack while it is read.
    #[inline(never)]
    fn admit_root(&mut self, root: &[u8], digest: &Digest) -> Result<()> {
        let root = Verified::reopen(root, digest)?;
        self.stage_root(root);
        Ok(())
    }

    #[inline(never)]
    fn stage_root(&mut self, root: Verified<Root>) {
        let floors = self.core.log.floors.clone();
        let stage = RootStage::of(root, floors, self.core.now);
        self.state = State::Refresh(Refresh::Root(stage));
    }

    fn begin_refresh(&mut self, digest: &Digest) -> Result<()> {
        let State::Refresh(Refresh::Root(stage)) = &self.state else {
            return Err(Error::UnexpectedEvent);
        };
        let log = &self.core.log;
        // TUF 5.2: a root of the version that was trusted last is the very one that was trusted.
        let is_last = stage.root().version.get() == log.floors.root;
        if is_last && log.root.is_some_and(|trusted| trusted != *digest) {
            return Err(Error::RootReplaced);
        }
        Refresh::ask_root(&mut self.core, stage)?;
        Ok(())
    }
}
