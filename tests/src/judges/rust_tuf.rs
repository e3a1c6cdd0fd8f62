//! The crate `tuf`.

use std::path::Path;

use ::tuf::client::{Client, Config};
use ::tuf::metadata::{
    Metadata as _, MetadataPath, MetadataVersion, RawSignedMetadata, TargetPath,
};
use ::tuf::pouf::Pouf1;
use ::tuf::repository::{FileSystemRepositoryBuilder, RepositoryProvider};
use anyhow::{Context as _, Result};
use futures_util::future::{self, BoxFuture};
use futures_util::io::{AsyncRead, AsyncReadExt as _, Cursor};

use super::{Origin, Verdict, get, run};

pub(super) fn read(origin: &Origin, memory: &Path, targets: &[&str]) -> Result<Verdict> {
    run(async {
        let root = RawSignedMetadata::<Pouf1, _>::new(origin.root.clone());
        let local = FileSystemRepositoryBuilder::<Pouf1>::new(memory).build();
        let remote = Remote(origin.clone());
        let mut client = Client::with_trusted_root(Config::default(), &root, local, remote).await?;
        client.update().await?;
        let mut verdict = Verdict::default();
        for target in targets {
            let mut content = Vec::new();
            let mut stream = client.fetch_target(&TargetPath::new(*target)?).await?;
            stream.read_to_end(&mut content).await?;
            verdict.keep(target, &content);
        }
        let trusted = client.database();
        let timestamp = trusted.trusted_timestamp().context("refreshed")?.version();
        let snapshot = trusted.trusted_snapshot().context("refreshed")?.version();
        let top = trusted.trusted_targets().context("refreshed")?.version();
        verdict.versions = [
            ("root".to_owned(), trusted.trusted_root().version().into()),
            ("timestamp".to_owned(), timestamp.into()),
            ("snapshot".to_owned(), snapshot.into()),
            ("targets".to_owned(), top.into()),
        ]
        .into();
        Ok(verdict)
    })
}

/// A server as `tuf` wants to see one.
#[derive(Debug)]
struct Remote(Origin);

type Reading<'a> = BoxFuture<'a, ::tuf::Result<Box<dyn AsyncRead + Send + Unpin + 'a>>>;

impl RepositoryProvider<Pouf1> for Remote {
    fn fetch_metadata<'a>(&'a self, path: &MetadataPath, version: MetadataVersion) -> Reading<'a> {
        let name = path.components::<Pouf1>(version).join("/");
        let missing = ::tuf::Error::MetadataNotFound {
            path: path.clone(),
            version,
        };
        answer(&format!("{}{name}", self.0.metadata), missing)
    }

    fn fetch_target<'a>(&'a self, path: &TargetPath) -> Reading<'a> {
        let missing = ::tuf::Error::TargetNotFound(path.clone());
        answer(&format!("{}{path}", self.0.targets), missing)
    }
}

fn answer<'a>(url: &str, missing: ::tuf::Error) -> Reading<'a> {
    let found = match get(url) {
        Ok(Some(bytes)) => Ok(Box::new(Cursor::new(bytes)) as Box<dyn AsyncRead + Send + Unpin>),
        Ok(None) => Err(missing),
        Err(cause) => Err(std::io::Error::other(cause).into()),
    };
    Box::pin(future::ready(found))
}
