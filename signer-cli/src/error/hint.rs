//! The exit code of each error, and what to do about it.

use super::Error;
use crate::exit::Exit;

impl Error {
    /// The exit code that the error leads to.
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Incomplete { .. } => Exit::Waiting,
            _ => Exit::Refused,
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::FileMode { .. } => "make it yours alone: chmod 600 FILE",
            Self::NoHome => "say where your keys lie: --home DIR, or the variable SEALIFT_HOME",
            Self::KeyExists { .. } => "choose another name; keys are never overwritten",
            Self::KeyNotFound { .. } => "see `sealift key list`; --home says where your keys lie",
            Self::WrongPassphrase { .. } => "nothing was changed; try again",
            Self::PassphrasesDiffer => "nothing was written; try again",
            Self::PassphraseTooShort { .. } => "several random words are long and easy to type",
            Self::NoTerminal => {
                "give --passphrase-file or --passphrase-fd, and --yes where a question is asked"
            }
            Self::ExampleKey { .. } => {
                "make a key of your own with `sealift key new`; --demo allows examples in a demo"
            }
            Self::NotAnExample { .. } => "--example takes one of the seeds in keys-example/",
            Self::KeyIdMismatch { .. } => {
                "ask the owner for the output of `sealift key show NAME` again"
            }
            Self::Incomplete { .. } => "each of them runs `sealift review`, then `sealift sign`",
            Self::Server { code, .. } => return server_hint(code),
            Self::Answer { .. } => "check that the address is that of a Sealift server",
            Self::Unsound { .. } => {
                "do not sign; ask who proposed it. In a push, whatever belongs together goes together"
            }
            _ => return self.ceremony_hint(),
        })
    }

    fn ceremony_hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NotACeremony { .. } => {
                "give the ceremony folder with --dir, or begin one with `sealift init`"
            }
            Self::CeremonyExists { .. } => "choose an empty folder; a ceremony is begun once",
            Self::NoRepositoryName => "give one with --repository",
            Self::SingleSigner { .. } => "use two or more, or accept it with --allow-single-signer",
            Self::ThresholdTooHigh { .. } => "add keys or lower the threshold",
            Self::KeyTwice { .. } => "each signer has one key in a role",
            Self::NameTwice { .. } => "give every key one name, and every name one key",
            Self::SharedKey { .. } => "online keys live on the server; make others for people",
            Self::UnknownProduct { .. } => "add it with `sealift product add`",
            Self::NoChange { .. } | Self::NothingPending => "see `sealift status`",
            Self::StaleChange { .. } => {
                "it was overtaken: remove it from changes/ and propose it again"
            }
            Self::DelegationOverlap { .. } => "choose another name for the product",
            Self::NotASigner { .. } => "see `sealift status` for who signs what",
            Self::LedgerConflict { .. } => {
                "two contents of one version would split your devices. If the first was never \
                 published, repeat with --supersede and its digest"
            }
            Self::PinMismatch { .. } | Self::KnownGoodDiffers { .. } => {
                "stop and ask the other signers: this is another repository of the same name, or \
                 a forged one"
            }
            Self::UntrustedRoot { .. } => {
                "what is signed here may count where this key signed before. If the other signers \
                 have the same first root, repeat with --trust-root and its digest; better, use a \
                 key for each repository"
            }
            Self::KnownGoodRollback { .. } => {
                "you were given an old copy of the ceremony folder; ask for the current one"
            }
            Self::ImageMismatch { .. } => "do not sign: what is proposed is not what you built",
            Self::MissingBlob { .. } | Self::BlobMismatch { .. } => {
                "copy blobs/ from the machine where the change was made"
            }
            _ => return self.release_hint(),
        })
    }

    fn release_hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoTargetName { .. } => {
                "rename the file to letters, digits, `.`, `_` and `-`, and keep it short"
            }
            Self::ReservedComponent { .. } => "call the component app, bootloader, radio, ...",
            Self::ReleasePublished { .. } => "choose another name for the release",
            Self::ConflictingImage { .. } => {
                "a release has one image for each component, board and slot"
            }
            Self::SequenceNotRising { .. } => "leave --sequence away to get the next one",
            Self::FloorFalls { .. } => "devices that reached the higher floor would refuse it",
            Self::BuiltInFuture => "devices would take it for the time of day; check your clock",
            Self::UnknownRelease { .. } => "add it with `sealift release add`",
            Self::ChannelNotAllowed { .. } => {
                "the audience is signed with the image: add the release again with --channel"
            }
            Self::ReleaseOrder { .. } => "list the newest release first",
            Self::InsecureUrl { .. } => "use https://, or http:// on this machine only",
            Self::InvalidUrl { .. } => "an address looks like https://updates.example.com",
            Self::NoToken => "give --token-file FILE, or set SEALIFT_TOKEN",
            _ => return None,
        })
    }
}

fn server_hint(code: &str) -> Option<&'static str> {
    Some(match code {
        "unauthorized" => "the token is wrong, expired or revoked",
        "unknown_repository" => "check --repository; the server's operator creates repositories",
        "stale_change" => {
            "somebody pushed before you, or a signature was added after a push that succeeded: \
             get the current known-good/"
        }
        "missing_blob" => "run the same push again: it uploads what is missing",
        "threshold_not_met" => "see `sealift status` for who has to sign",
        "root_missing" => "the first push holds the root: sign and push it with the others",
        "foreign_judge" => {
            "a second TUF implementation refused the result; ask the server's operator for its log"
        }
        "too_large" => "ask the server's operator for a higher limit, or use smaller images",
        _ => return None,
    })
}
