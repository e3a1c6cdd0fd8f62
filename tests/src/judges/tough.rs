//! The crate `tough`.

use std::path::Path;

use ::tough::{
    Bytes, IntoVec as _, RepositoryLoader, TargetName, Transport, TransportError,
    TransportErrorKind, TransportStream, async_trait,
};
use anyhow::{Context as _, Result};
use futures_util::stream;
use url::Url;

use super::{Origin, Verdict, get, run};

pub(super) fn read(origin: &Origin, memory: &Path, targets: &[&str]) -> Result<Verdict> {
    run(async {
        let remote = Remote {
            targets: origin.targets.clone(),
        };
        let metadata = Url::parse(&origin.metadata)?;
        let base = Url::parse(&origin.targets)?;
        let repository = RepositoryLoader::new(&origin.root, metadata, base)
            .transport(remote)
            .datastore(memory)
            .load()
            .await?;
        let mut verdict = Verdict::default();
        for target in targets {
            let stream = repository.read_target(&TargetName::new(*target)?).await?;
            let content = stream.context("no such target")?.into_vec().await?;
            verdict.keep(target, &content);
        }
        verdict.versions = [
            ("root".to_owned(), repository.root().signed.version.get()),
            (
                "timestamp".to_owned(),
                repository.timestamp().signed.version.get(),
            ),
            (
                "snapshot".to_owned(),
                repository.snapshot().signed.version.get(),
            ),
            (
                "targets".to_owned(),
                repository.targets().signed.version.get(),
            ),
        ]
        .into();
        Ok(verdict)
    })
}

/// A server as `tough` wants to see one.
#[derive(Clone, Debug)]
struct Remote {
    /// Where targets lie.
    targets: String,
}

#[async_trait]
impl Transport for Remote {
    async fn fetch(&self, url: Url) -> Result<TransportStream, TransportError> {
        let mut found = get(url.as_str());
        if let (Ok(None), Some(place)) = (&found, self.place(url.as_str())) {
            found = get(&place);
        }
        let error = |kind, cause: String| TransportError::new_with_cause(kind, &url, cause);
        match found {
            Ok(Some(bytes)) => Ok(Box::pin(stream::iter([Ok(Bytes::from(bytes))]))),
            Ok(None) => Err(error(TransportErrorKind::FileNotFound, "404".into())),
            Err(cause) => Err(error(TransportErrorKind::Other, cause)),
        }
    }
}

impl Remote {
    /// Where a target lies that `tough` looks for: `dir/DIGEST.file`, not `DIGEST.dir/file`.
    fn place(&self, url: &str) -> Option<String> {
        let path = url.strip_prefix(&self.targets)?;
        let (digest, path) = path.split_once('.')?;
        let (folder, name) = path.rsplit_once('/')?;
        Some(format!("{}{folder}/{digest}.{name}", self.targets))
    }
}
