//! `repo create`, `repo list`

use std::path::Path;

use anyhow::{Context as _, bail};
use sealift_server::db::repositories;
use sealift_server::name::RepositoryName;

use super::{open, print};
use crate::cli::{Place, RepoVerb};

/// Makes or lists repositories.
///
/// # Errors
/// Why it did not.
pub(crate) async fn run(verb: RepoVerb) -> anyhow::Result<()> {
    match verb {
        RepoVerb::Create { name, root, place } => create(&name, &root, &place).await,
        RepoVerb::List(place) => list(&place).await,
    }
}

async fn create(name: &str, root: &Path, place: &Place) -> anyhow::Result<()> {
    let name = RepositoryName::new(name)?;
    let bytes = std::fs::read(root).with_context(|| format!("cannot read {}", root.display()))?;
    let (services, _) = open(place).await?;
    let made = services.publisher.create(&name, bytes).await;
    services.database.close().await;
    if !made.with_context(|| format!("{} was refused", root.display()))? {
        bail!("there is a repository `{name}` already; push its next root with: sealift push");
    }
    print(name.as_str())?;
    Ok(())
}

async fn list(place: &Place) -> anyhow::Result<()> {
    let (services, _) = open(place).await?;
    for name in repositories::names(&services.database).await? {
        if let Some(repository) = services.shelf.find(name.as_str()).await? {
            print(&format!("{name}\t{}", repository.state()))?;
        }
    }
    services.database.close().await;
    Ok(())
}
