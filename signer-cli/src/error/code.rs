//! The stable code of each error.

use super::{Error, Unsound};

impl Error {
    /// The stable code, for scripts. What metadata is refused for has the code of
    /// [`sealift_metadata::Error::name`], what a server refuses has the server's code.
    pub fn code(&self) -> &str {
        match self {
            Self::Io { .. } | Self::Output(_) => "io",
            Self::NotAFile { .. } => "not_a_file",
            Self::FileTooLong { .. } => "too_large",
            Self::FileMode { .. } => "file_mode",
            Self::Malformed { .. } | Self::MalformedJson { .. } => "malformed_file",
            Self::MalformedSettings { .. } | Self::UnwritableSettings(_) => "malformed_settings",
            Self::NoHome => "no_home",
            Self::KeyExists { .. } => "key_exists",
            Self::KeyNotFound { .. } => "key_not_found",
            Self::WrongPassphrase { .. } => "wrong_passphrase",
            Self::PassphrasesDiffer => "passphrases_differ",
            Self::PassphraseTooShort { .. } => "passphrase_too_short",
            Self::NoTerminal => "no_terminal",
            Self::Declined => "declined",
            Self::NoRandomness => "no_randomness",
            Self::SelfTest => "self_test_failed",
            Self::KeyIdMismatch { .. } => "keyid_mismatch",
            Self::ExampleKey { .. } => "example_key",
            Self::NotAnExample { .. } => "not_an_example",
            Self::Metadata { source, .. } | Self::Document { source, .. } => source.name(),
            Self::Unsound { what, .. } => what.code(),
            Self::Server { code, .. } => code,
            _ => self.ceremony_code(),
        }
    }

    fn ceremony_code(&self) -> &'static str {
        match self {
            Self::NotACeremony { .. } => "not_a_ceremony",
            Self::CeremonyExists { .. } => "ceremony_exists",
            Self::NoRepositoryName => "no_repository_name",
            Self::SingleSigner { .. } => "single_signer",
            Self::ThresholdTooHigh { .. } => "threshold_too_high",
            Self::KeyTwice { .. } => "key_twice",
            Self::TooManyKeys { .. } => "too_many_keys",
            Self::NameTwice { .. } => "name_twice",
            Self::SharedKey { .. } => "shared_key",
            Self::ProductExists { .. } => "product_exists",
            Self::UnknownProduct { .. } => "unknown_product",
            Self::UnknownRole { .. } => "unknown_role",
            Self::NoChange { .. } => "no_change",
            Self::NothingPending => "nothing_pending",
            Self::StaleChange { .. } => "stale_change",
            Self::PathOutsideRole { .. } => "path_outside_role",
            Self::DelegationOverlap { .. } => "delegation_overlap",
            Self::NotASigner { .. } => "not_a_signer",
            Self::LedgerConflict { .. } => "ledger_conflict",
            Self::PinMismatch { .. } => "pin_mismatch",
            Self::UntrustedRoot { .. } => "untrusted_root",
            Self::KnownGoodRollback { .. } => "known_good_rollback",
            Self::KnownGoodDiffers { .. } => "known_good_differs",
            Self::ImageMismatch { .. } => "image_mismatch",
            Self::MissingBlob { .. } => "missing_blob",
            Self::BlobMismatch { .. } => "digest_mismatch",
            _ => self.release_code(),
        }
    }

    fn release_code(&self) -> &'static str {
        match self {
            Self::EmptyImage { .. } => "empty_image",
            Self::BlockSize { .. } => "block_size",
            Self::BrokenEncoding => "broken_encoding",
            Self::NoTargetName { .. } => "no_target_name",
            Self::ReservedComponent { .. } => "reserved_component",
            Self::ReleasePublished { .. } => "release_published",
            Self::ConflictingImage { .. } => "conflicting_image",
            Self::SequenceNotRising { .. } => "sequence_not_rising",
            Self::FloorFalls { .. } => "floor_falls",
            Self::BuiltInFuture => "built_in_future",
            Self::UnknownRelease { .. } => "unknown_release",
            Self::ChannelNotAllowed { .. } => "channel_not_allowed",
            Self::ReleaseOrder { .. } => "release_order",
            Self::Incomplete { .. } => "incomplete",
            Self::InsecureUrl { .. } => "insecure_url",
            Self::InvalidUrl { .. } => "invalid_url",
            Self::NoToken => "no_token",
            Self::InvalidToken => "invalid_token",
            Self::Answer { .. } => "unreadable_answer",
            _ => "unreachable_server",
        }
    }
}

impl Unsound {
    /// The stable code.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotCanonical => "not_canonical",
            Self::WrongKind => "wrong_role",
            Self::FilesInTargets => "files_in_targets",
            Self::UnreachableThreshold => "threshold_too_high",
            Self::SharedKey => "shared_key",
            Self::NoConsistentSnapshot => "no_consistent_snapshot",
            Self::Expired => "expired",
            Self::NotAnImage => "not_an_image",
            Self::Misplaced => "misplaced_image",
            Self::BlockTable => "block_table_mismatch",
            Self::ReleaseDocument => "release_document_mismatch",
            Self::ChannelDocument => "channel_document_mismatch",
            Self::CustomNotOnImage => "custom_not_on_image",
            Self::VersionTooLong => "version_too_long",
            Self::UnknownTarget => "unknown_target",
            Self::Delegates => "delegates_further",
            Self::PublishedChanged => "published_changed",
        }
    }
}
