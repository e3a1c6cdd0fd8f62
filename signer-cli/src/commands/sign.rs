//! `sealift sign`: a signature, after a look at what it is for.

use std::fmt::Write as _;
use std::path::PathBuf;

use sealift_metadata::Digest;
use sealift_metadata::write::SecretKey;
use serde_json::json;

use crate::catalog::Catalog;
use crate::ceremony::Ceremony;
use crate::change::{Change, SignatureFile};
use crate::check::check_change;
use crate::encode::digest_file;
use crate::error::{Error, Result};
use crate::examples::refuse_example;
use crate::keystore::Keystore;
use crate::ledger::{Checked, Entry, Ledger};
use crate::names::{RoleId, Slug};
use crate::passphrase::PassphraseArgs;
use crate::review::Review;
use crate::tally::Progress;
use crate::trust::{Trusted, check_known_good};
use crate::view::View;
use crate::world::{Context, Report};

/// Options of `sign`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The change to sign: root, targets, channels, or a product [default: all that this key may
    /// sign]
    #[arg(value_name = "ROLE")]
    pub role: Option<RoleId>,
    /// Which of your keys to sign with
    #[arg(long, value_name = "NAME")]
    pub key: Slug,
    /// A build of your own to compare with the images that the change adds; repeat it for each
    #[arg(long, value_name = "FILE")]
    pub image: Vec<PathBuf>,
    /// Sign without asking; the changes are shown all the same
    #[arg(long)]
    pub yes: bool,
    /// The digest of other contents that you signed under the same version, and that were never
    /// published
    #[arg(long, value_name = "SHA256", value_parser = parse_digest)]
    pub supersede: Option<Digest>,
    /// The digest of the first root of this repository, where this key signed for another
    /// repository before; ask the other signers for it
    #[arg(long, value_name = "SHA256", value_parser = parse_digest)]
    pub trust_root: Option<Digest>,
    /// Where the passphrase comes from.
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}

/// A change that this key is about to sign.
struct Job<'a> {
    change: &'a Change,
    checked: Checked,
}

/// Shows the changes, asks, and signs exactly the bytes that were shown.
///
/// # Errors
/// Everything that a change can be refused for; [`Error::NotASigner`], [`Error::ExampleKey`],
/// [`Error::LedgerConflict`], [`Error::UntrustedRoot`], [`Error::ImageMismatch`], [`Error::Declined`],
/// [`Error::WrongPassphrase`]. Then no signature was written.
pub fn run(args: &Args, context: &mut Context<'_, '_>) -> Result<Report> {
    let keystore = Keystore::at(&context.home);
    let keyid = keystore.public(&args.key)?.key.keyid().to_owned();
    refuse_example(&keyid, context.demo)?;
    keystore.check_private(&args.key)?;
    let ceremony = Ceremony::open_to_change(&context.dir)?;
    let view = View::load(&ceremony)?;
    let mut ledger = Ledger::hold(&context.home)?;
    let trusted = check_known_good(&ceremony, &view, &ledger)?;
    if let Some(introduction) = trusted.first_root.and_then(|first| first.introduction()) {
        context.say(&introduction);
    }
    check_first_root(args, &keyid, &trusted, &ledger)?;
    let folder = Folder {
        ceremony: &ceremony,
        view: &view,
        trusted: &trusted,
    };
    let jobs = show_jobs(args, &keyid, &folder, &ledger, context)?;
    confirm(args, &jobs, context)?;
    let passphrase = args
        .passphrase
        .ask(args.key.as_str(), context.world.terminal)?;
    let secret = keystore.unlock(&args.key, passphrase)?;
    ledger.see(&trusted.repository, &trusted.seen)?;
    for job in &jobs {
        // Written down first: a signature that was made must never be missing from the ledger.
        ledger.sign(&entry(job, &trusted, &keyid, context))?;
        put_signature(&ceremony, job, &keyid, &secret)?;
    }
    report(args, &ceremony, &jobs)
}

/// What is signed from: the folder as it was read, and verified.
#[derive(Clone, Copy)]
struct Folder<'a> {
    ceremony: &'a Ceremony,
    view: &'a View,
    trusted: &'a Trusted,
}

/// A signature for another repository that names this key would be valid in the one that the
/// signer means: its first root must be told.
fn check_first_root(args: &Args, keyid: &str, trusted: &Trusted, ledger: &Ledger) -> Result<()> {
    let Some(first) = &trusted.first_root else {
        return Ok(());
    };
    let is_trusted = match args.trust_root {
        Some(told) => told == first.digest,
        None => !ledger.signed_elsewhere(keyid, &trusted.repository, first),
    };
    if is_trusted {
        return Ok(());
    }
    Err(Error::UntrustedRoot {
        repository: trusted.repository.to_string(),
        first: first.digest,
    })
}

fn show_jobs<'a>(
    args: &Args,
    keyid: &str,
    folder: &Folder<'a>,
    ledger: &Ledger,
    context: &mut Context<'_, '_>,
) -> Result<Vec<Job<'a>>> {
    let now = context.world.now;
    let Folder {
        ceremony,
        view,
        trusted,
    } = *folder;
    let mut jobs = Vec::new();
    for change in chosen(args, keyid, view)? {
        check_change(ceremony, view, &change.role, now)?;
        let review = Review::of(ceremony, view, change, now)?;
        context.say(&review.text());
        let checked = compare_images(args, view, change)?;
        let job = Job { change, checked };
        let conflict = ledger.conflict(&entry(&job, trusted, keyid, context));
        if let Some(first) = conflict.filter(|first| args.supersede != Some(*first)) {
            return Err(Error::LedgerConflict {
                role: change.role.to_string(),
                version: change.version,
                first,
            });
        }
        jobs.push(job);
    }
    Ok(jobs)
}

/// The change that was asked for, or every one that this key may sign.
fn chosen<'a>(args: &Args, keyid: &str, view: &'a View) -> Result<Vec<&'a Change>> {
    let may_sign = |change: &Change| -> Result<bool> {
        let progress = Progress::of(view, change)?;
        let knows = |ids: &[String]| ids.iter().any(|id| id == keyid);
        Ok(progress
            .tallies
            .iter()
            .any(|tally| knows(&tally.signed) || knows(&tally.missing)))
    };
    let not_a_signer = |role: &str| Error::NotASigner {
        name: args.key.to_string(),
        role: role.to_owned(),
    };
    if let Some(role) = &args.role {
        let change = view.change(role)?;
        return if may_sign(change)? {
            Ok(vec![change])
        } else {
            Err(not_a_signer(role.as_str()))
        };
    }
    let mut changes = Vec::new();
    for change in view.changes() {
        if may_sign(change)? {
            changes.push(change);
        }
    }
    if changes.is_empty() {
        return Err(match view.changes().next() {
            Some(_) => not_a_signer("any pending change"),
            None => Error::NothingPending,
        });
    }
    Ok(changes)
}

/// Compares the signer's own builds with the images that a product's change adds.
fn compare_images(args: &Args, view: &View, change: &Change) -> Result<Checked> {
    let RoleId::Product(product) = &change.role else {
        return Ok(Checked::Hash);
    };
    if args.image.is_empty() {
        return Ok(Checked::Hash);
    }
    let catalog = Catalog::read(product, &view.targets(&change.role)?)?;
    let published = |path: &str| {
        let known = view.known(&change.role).map(|known| &known.value);
        known
            .and_then(|value| value.get("targets")?.get(path))
            .is_some()
    };
    let added: Vec<Digest> = catalog
        .images
        .iter()
        .filter(|image| !published(&image.path))
        .map(|image| image.image.sha256)
        .collect();
    let mut own = Vec::new();
    for file in &args.image {
        let digest = digest_file(file)?;
        if !added.contains(&digest) {
            return Err(Error::ImageMismatch { path: file.clone() });
        }
        own.push(digest);
    }
    // Only who compared every image may say so.
    if added.iter().all(|digest| own.contains(digest)) {
        Ok(Checked::File)
    } else {
        Ok(Checked::Hash)
    }
}

fn confirm(args: &Args, jobs: &[Job<'_>], context: &mut Context<'_, '_>) -> Result<()> {
    if args.yes {
        return Ok(());
    }
    let roles: Vec<&str> = jobs.iter().map(|job| job.change.role.as_str()).collect();
    let question = format!(
        "Sign {} as {}? Type yes to sign: ",
        roles.join(", "),
        args.key
    );
    let answer = context.world.terminal.line(&question);
    match answer.map_err(|_| Error::NoTerminal)?.trim() {
        "yes" => Ok(()),
        _ => Err(Error::Declined),
    }
}

fn entry<'a>(
    job: &Job<'a>,
    trusted: &'a Trusted,
    keyid: &'a str,
    context: &Context<'_, '_>,
) -> Entry<'a> {
    Entry {
        repository: &trusted.repository,
        role: &job.change.role,
        version: job.change.version,
        payload: job.change.digest,
        keyid,
        checked: job.checked,
        first_root: trusted.first_root.map(|first| first.digest),
        at: context.world.now,
    }
}

fn put_signature(
    ceremony: &Ceremony,
    job: &Job<'_>,
    keyid: &str,
    secret: &SecretKey,
) -> Result<()> {
    let signature = SignatureFile {
        keyid: keyid.to_owned(),
        sig: hex::encode(secret.sign(&job.change.payload)),
        payload_sha256: job.change.digest,
        checked: job.checked,
    };
    Change::add_signature(&ceremony.change_folder(&job.change.role), &signature)?;
    Ok(())
}

fn report(args: &Args, ceremony: &Ceremony, jobs: &[Job<'_>]) -> Result<Report> {
    let view = View::load(ceremony)?;
    let (mut text, mut values) = (String::new(), Vec::new());
    for job in jobs {
        let change = view.change(&job.change.role)?;
        let progress = Progress::of(&view, change)?.summary();
        let _ = writeln!(
            text,
            "signed {} version {} as {} (checked: {}); {progress}",
            change.role,
            change.version,
            args.key,
            job.checked.as_str()
        );
        values.push(json!({
            "role": change.role.as_str(),
            "version": change.version,
            "payload_sha256": change.digest.to_string(),
            "checked": job.checked.as_str(),
            "progress": progress,
        }));
    }
    Ok(Report::done(text, json!({ "signed": values })))
}

fn parse_digest(text: &str) -> std::result::Result<Digest, &'static str> {
    Digest::parse(text).map_err(|_| "a digest is 64 hexadecimal digits")
}
