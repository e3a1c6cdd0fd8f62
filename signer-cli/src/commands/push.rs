//! `sealift push`: publish what is completely signed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use sealift_metadata::Digest;
use sealift_metadata::targets::Targets;
use sealift_metadata::verify::Document as _;
use serde_json::json;

use crate::ceremony::Ceremony;
use crate::check::{SealedChange, seal_complete};
use crate::error::{Error, Result};
use crate::http::{Server, Token};
use crate::names::{RoleId, Slug};
use crate::view::View;
use crate::world::{Context, Report};

/// Options of `push`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The address of the server, such as `https://updates.example.com`
    #[arg(long, value_name = "URL")]
    pub server: String,
    /// The name of the repository on the server [default: the one of sealift.toml]
    #[arg(long, value_name = "NAME")]
    pub repository: Option<Slug>,
    /// Read the API token from FILE, which only you may be able to read [default: the
    /// variable `SEALIFT_TOKEN`]
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Push only the changes of these roles, and leave the others pending
    #[arg(long, value_name = "ROLE", num_args = 1..)]
    pub only: Vec<RoleId>,
}

/// Uploads what the server lacks, publishes all complete changes at once, and puts them into
/// `known-good/`. Repeating it after an interruption is safe.
///
/// # Errors
/// [`Error::Incomplete`] (exit code 3) when signatures are missing; nothing was sent then.
/// [`Error::Server`] with the server's code, [`Error::Transport`], [`Error::MissingBlob`].
pub fn run(args: &Args, context: &mut Context<'_, '_>) -> Result<Report> {
    let ceremony = Ceremony::open_to_change(&context.dir)?;
    let mut view = View::load(&ceremony)?;
    for role in view.landed() {
        ceremony.clear_change(role)?;
    }
    if !args.only.is_empty() {
        view = view.only(&args.only)?;
    }
    let sealed = seal_complete(&ceremony, &view, context.world.now)?;
    if sealed.is_empty() {
        return Err(Error::NothingPending);
    }
    let token = Token::read(args.token_file.as_deref())?;
    let repository = args
        .repository
        .as_ref()
        .unwrap_or(&ceremony.settings.repository);
    let server = Server::at(&args.server, repository, &token)?;
    server.check_access()?;
    let uploaded = upload(&server, &ceremony, &view, &sealed)?;
    let answer = server.publish(&sealed)?;
    for change in &sealed {
        ceremony.accept(&change.role, change.version, &change.document)?;
    }
    Ok(report(&sealed, uploaded, &answer))
}

fn report(sealed: &[SealedChange], uploaded: usize, answer: &serde_json::Value) -> Report {
    let mut text = String::new();
    for change in sealed {
        let _ = writeln!(text, "published {} version {}", change.role, change.version);
    }
    let _ = writeln!(text, "uploaded {uploaded} file(s)");
    let published: Vec<_> = sealed
        .iter()
        .map(|change| json!({"role": change.role.as_str(), "version": change.version}))
        .collect();
    Report::done(
        text,
        json!({"published": published, "uploaded": uploaded, "server": answer}),
    )
}

/// Uploads the files that the changes add and the server lacks; returns how many that were.
fn upload(
    server: &Server,
    ceremony: &Ceremony,
    view: &View,
    sealed: &[SealedChange],
) -> Result<usize> {
    let mut uploaded = 0_usize;
    for (sha256, (path, length)) in added_files(view, sealed)? {
        if server.has_blob(&sha256)? {
            continue;
        }
        let file = ceremony.blob_path(&sha256);
        if !file.exists() {
            return Err(Error::MissingBlob { path, sha256 });
        }
        server.put_blob(&sha256, &file, length, &path)?;
        uploaded = uploaded.saturating_add(1);
    }
    Ok(uploaded)
}

/// The files that the changes list and the documents in force do not, each once.
fn added_files(view: &View, sealed: &[SealedChange]) -> Result<BTreeMap<Digest, (String, u64)>> {
    let mut files = BTreeMap::new();
    for change in sealed {
        let role = &change.role;
        if *role == RoleId::Root {
            continue;
        }
        let known = match view.known(role) {
            Some(known) => Some(Targets::read(&known.payload).map_err(Error::metadata(role))?),
            None => None,
        };
        let is_known = |path: &str, sha256: &Digest| {
            known
                .and_then(|known| known.find(path))
                .is_some_and(|target| target.sha256 == *sha256)
        };
        view.targets(role)?
            .for_each(|path, target| {
                if !is_known(path, &target.sha256) {
                    files.insert(target.sha256, (path.to_owned(), target.length));
                }
                Ok(())
            })
            .map_err(Error::metadata(role))?;
    }
    Ok(files)
}
