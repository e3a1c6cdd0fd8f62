//! A ceremony as people hold it: every signer with a home and a passphrase of their own.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use sealift_metadata::write::{Value, seal};

use crate::programs::{self, Said};
use crate::server::Server;

/// The product whose images travel, unless another one is named.
pub const PRODUCT: &str = "gateway";

/// Security officers: root 2 of 3, and the top-level targets role 2 of 3.
pub const OFFICERS: [&str; 3] = ["officer-1", "officer-2", "officer-3"];

/// Release signers: the product's role 2 of 2.
pub const RELEASERS: [&str; 2] = ["release-1", "release-2"];

/// The channel signer.
pub const CHANNEL_SIGNER: &str = "channel-1";

/// A ceremony directory, and the homes of its signers beside it.
#[derive(Debug)]
pub struct Ceremony {
    folder: PathBuf,
    product: &'static str,
}

/// A build on its way to devices.
#[derive(Clone, Debug)]
pub struct Build<'a> {
    /// The name of the release, and its version.
    pub version: &'a str,
    /// The image.
    pub file: &'a Path,
    /// `zstd` or `raw`.
    pub encoding: &'a str,
    /// Bytes of a block, where the encoding's own are not right.
    pub block_bytes: Option<u32>,
    /// The slot that it is linked for.
    pub slot: Option<&'a str>,
}

impl Ceremony {
    /// A ceremony in `folder`, with nothing in it yet.
    pub fn new(folder: &Path) -> Self {
        Self::of(folder, PRODUCT)
    }

    /// A ceremony for another product.
    pub fn of(folder: &Path, product: &'static str) -> Self {
        Self {
            folder: folder.to_owned(),
            product,
        }
    }

    /// The ceremony directory.
    pub fn directory(&self) -> PathBuf {
        self.folder.join("ceremony")
    }

    /// Makes every signer's key, in a home of their own.
    ///
    /// # Errors
    /// What `sealift key new` says.
    pub fn make_keys(&self) -> Result<()> {
        for signer in OFFICERS.iter().chain(&RELEASERS).chain([&CHANNEL_SIGNER]) {
            let home = self.home(signer);
            std::fs::create_dir_all(&home)?;
            write_private(
                &self.passphrase(signer),
                format!("the passphrase of {signer}\n"),
            )?;
            let passphrase = text(&self.passphrase(signer));
            let args = ["key", "new", signer, "--passphrase-file", &passphrase];
            self.sealift_as(signer, &args)?.ok()?;
            let public = self.sealift_as(signer, &["key", "show", signer])?.ok()?;
            std::fs::write(self.public(signer), public)?;
        }
        Ok(())
    }

    /// Writes the first root, targets and channels, and adds the product.
    ///
    /// # Errors
    /// What `sealift init` or `sealift product add` says.
    pub fn init(&self, server: &Server, device_profile: &str) -> Result<()> {
        let online = programs::command("sealift-server")?
            .args(["online-key", "show", "--data"])
            .arg(&server.data)
            .output()?;
        let file = self.folder.join("online-keys.json");
        std::fs::write(&file, Said::from(online).ok()?)?;

        let mut args = ["init", "--repository", "default"]
            .map(str::to_owned)
            .to_vec();
        args.push(text(&self.directory()));
        args.extend(["--online-keys".to_owned(), text(&file)]);
        args.extend(["--device-profile", device_profile].map(str::to_owned));
        for (flag, signers) in [
            ("root", OFFICERS.as_slice()),
            ("targets", OFFICERS.as_slice()),
            ("channels", &[CHANNEL_SIGNER]),
        ] {
            for signer in signers {
                args.extend([format!("--{flag}-key"), text(&self.public(signer))]);
            }
            let threshold = signers.len().min(2);
            args.extend([format!("--{flag}-threshold"), threshold.to_string()]);
        }
        programs::run("sealift", args)?.ok()?;

        let mut args = ["product", "add", self.product].map(str::to_owned).to_vec();
        for signer in RELEASERS {
            args.extend(["--key".to_owned(), text(&self.public(signer))]);
        }
        args.extend(["--threshold".to_owned(), "2".to_owned()]);
        self.sealift(&args)?.ok().map(drop)
    }

    /// Adds a build as a release of one component, for the channel `stable`.
    ///
    /// # Errors
    /// What `sealift release add` says.
    pub fn add_release(&self, build: &Build<'_>) -> Result<()> {
        let file = text(build.file);
        let args = [
            "release",
            "add",
            "--product",
            self.product,
            "--release",
            build.version,
            "--component",
            "app",
            "--version",
            build.version,
            "--hardware",
            "rev-a",
            "--channel",
            "stable",
            "--encoding",
            build.encoding,
            "--file",
            &file,
        ];
        let mut args = args.map(str::to_owned).to_vec();
        if let Some(bytes) = build.block_bytes {
            args.extend(["--block-size".to_owned(), bytes.to_string()]);
        }
        if let Some(slot) = build.slot {
            args.extend(["--slot".to_owned(), slot.to_owned()]);
        }
        self.sealift(&args)?.ok().map(drop)
    }

    /// Lets the channel `stable` offer these releases, the newest one first.
    ///
    /// # Errors
    /// What `sealift channel set` says.
    pub fn offer(&self, releases: &[&str]) -> Result<()> {
        let mut args = [
            "channel",
            "set",
            "--product",
            self.product,
            "--channel",
            "stable",
        ]
        .map(str::to_owned)
        .to_vec();
        for release in releases {
            args.extend(["--release".to_owned(), (*release).to_owned()]);
        }
        self.sealift(&args)?.ok().map(drop)
    }

    /// One signer signs one role's change.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn sign(&self, role: &str, signer: &str) -> Result<Said> {
        let (directory, passphrase) = (text(&self.directory()), text(&self.passphrase(signer)));
        let args = ["sign", role, "--key", signer, "--yes", "--dir", &directory];
        let secret = ["--passphrase-file", &passphrase];
        self.sealift_as(signer, &[args.as_slice(), secret.as_slice()].concat())
    }

    /// Two officers sign root and targets.
    ///
    /// # Errors
    /// What `sealift sign` says.
    pub fn sign_officers(&self, roles: &[&str]) -> Result<()> {
        for role in roles {
            for officer in &OFFICERS[..2] {
                self.sign(role, officer)?.ok()?;
            }
        }
        Ok(())
    }

    /// Both release signers and the channel signer sign.
    ///
    /// # Errors
    /// What `sealift sign` says.
    pub fn sign_release(&self) -> Result<()> {
        for signer in RELEASERS {
            self.sign(self.product, signer)?.ok()?;
        }
        self.sign("channels", CHANNEL_SIGNER)?.ok().map(drop)
    }

    /// Publishes whatever is complete.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn push(&self, server: &Server) -> Result<Said> {
        let token = self.folder.join("token");
        write_private(&token, format!("{}\n", server.token))?;
        let args = [
            "push",
            "--server",
            &server.url(),
            "--repository",
            "default",
            "--token-file",
        ];
        let mut args: Vec<String> = args.map(str::to_owned).into();
        args.push(text(&token));
        self.sealift(&args)
    }

    /// All of it up to a published release `build` on the channel `stable`.
    ///
    /// # Errors
    /// What any of the steps says.
    pub fn first_release(&self, server: &Server, build: &Build<'_>) -> Result<()> {
        self.make_keys()?;
        self.init(server, "default")?;
        self.add_release(build)?;
        self.offer(&[build.version])?;
        self.sign_officers(&["root", "targets"])?;
        self.sign_release()?;
        self.push(server)?.ok().map(drop)
    }

    /// The change of a role as a document, with whatever signatures there are: what an attacker
    /// publishes who does not wait for all of them.
    ///
    /// # Errors
    /// When there is no such change.
    pub fn sealed(&self, role: &str) -> Result<Vec<u8>> {
        let change = self.directory().join("changes").join(role);
        let payload = Value::decode(&std::fs::read(change.join("payload.json"))?)?;
        let mut signatures = Vec::new();
        for entry in std::fs::read_dir(change.join("signatures"))? {
            let file: serde_json::Value = serde_json::from_slice(&std::fs::read(entry?.path())?)?;
            let field = |name: &str| file[name].as_str().context("a signature has it");
            let mut bytes = [0; 64];
            hex::decode_to_slice(field("sig")?, &mut bytes)?;
            signatures.push((field("keyid")?.to_owned(), bytes));
        }
        Ok(seal(&payload, &signatures))
    }

    /// Runs `sealift` in the ceremony directory, as nobody in particular.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn sealift(&self, args: &[String]) -> Result<Said> {
        let directory = ["--dir".to_owned(), text(&self.directory())];
        programs::run("sealift", directory.iter().chain(args))
    }

    fn sealift_as(&self, signer: &str, args: &[&str]) -> Result<Said> {
        let output = programs::command("sealift")?
            .args(args)
            .arg("--home")
            .arg(self.home(signer))
            .output()
            .context("cannot start sealift")?;
        Ok(output.into())
    }

    fn home(&self, signer: &str) -> PathBuf {
        self.folder.join("homes").join(signer)
    }

    fn passphrase(&self, signer: &str) -> PathBuf {
        self.home(signer).join("passphrase")
    }

    fn public(&self, signer: &str) -> PathBuf {
        self.folder.join(format!("{signer}.pub"))
    }
}

fn write_private(path: &Path, content: String) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, content)?;
    Ok(std::fs::set_permissions(
        path,
        std::fs::Permissions::from_mode(0o600),
    )?)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
