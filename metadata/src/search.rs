//! The search for a target through delegations (TUF 5.6.7): pre-order, depth first, with a
//! visited set and a cap. No input or output: it says which role it wants next.

use heapless::Vec;

use crate::Result;
use crate::error::Error;
use crate::name::RoleName;
use crate::targets::Targets;
use crate::verify::{RoleKeys, Verified};

/// A role to fetch and verify next, with the keys of the role that led to it: a document that was
/// verified on another way is verified again under these.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The role.
    pub name: RoleName,
    /// Who signs for it, as the delegating role says.
    pub keys: RoleKeys,
}

/// What a role contributed to the search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The target is listed in the role: the search is over.
    Found,
    /// It is not; [`Search::next_role`] says where to go on.
    GoOn,
}

/// A search of at most `N` roles.
#[derive(Clone, Debug)]
pub struct Search<'p, const N: usize> {
    path: &'p str,
    visited: Vec<RoleName, N>,
    /// Roles to visit, the next one last.
    pending: Vec<Wanted, N>,
}

impl<'p, const N: usize> Search<'p, N> {
    /// A search that begins at the top-level targets role.
    pub const fn new(path: &'p str) -> Self {
        Self {
            path,
            visited: Vec::new(),
            pending: Vec::new(),
        }
    }

    /// Looks into a role, first into the top-level one and then into those that
    /// [`next_role`](Self::next_role) named.
    ///
    /// # Errors
    /// [`Error::TooLarge`] when the search would visit more than `N` roles: the target counts as
    /// not found. What is wrong with the keys of a delegation.
    pub fn look(&mut self, role: &RoleName, targets: &Verified<Targets<'_>>) -> Result<Step> {
        let full = |_| Error::too_large("roles of a search");
        self.visited.push(role.clone()).map_err(full)?;
        if targets.listing(self.path).is_some() {
            return Ok(Step::Found);
        }
        let Some(delegations) = targets.delegations else {
            return Ok(Step::GoOn);
        };
        let mut ended = false;
        let mut children: Vec<Wanted, N> = Vec::new();
        delegations.for_path(self.path, |delegation| {
            if !ended {
                ended = delegation.terminating;
                let wanted = Wanted {
                    keys: delegation.keys()?,
                    name: delegation.name,
                };
                children
                    .push(wanted)
                    .map_err(|_| Error::too_large("roles of a search"))?;
            }
            Ok(())
        })?;
        if ended {
            // Nobody who comes after a terminating role is asked, wherever in the tree.
            self.pending.clear();
        }
        for child in children.into_iter().rev() {
            self.pending
                .push(child)
                .map_err(|_| Error::too_large("roles of a search"))?;
        }
        Ok(Step::GoOn)
    }

    /// The role to look into next; `None` when the target is not to be found.
    pub fn next_role(&mut self) -> Option<Wanted> {
        while let Some(wanted) = self.pending.pop() {
            if !self.visited.contains(&wanted.name) {
                return Some(wanted);
            }
        }
        None
    }
}
