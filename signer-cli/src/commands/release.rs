//! `sealift release`: builds, and the releases that they belong to.

use std::path::PathBuf;

use clap::Subcommand;
use sealift_metadata::image::Slot;
use sealift_metadata::write::{Draft, ImageSpec, NeedSpec};
use sealift_metadata::{Digest, Time, blocks, release};
use serde_json::json;

use crate::catalog::{Catalog, Listed};
use crate::ceremony::Ceremony;
use crate::check::document_path;
use crate::encode::{Encoded, encode_file, target_name};
use crate::encoding::Encoding;
use crate::error::{Error, Result};
use crate::names::{Product, RoleId, Segment, Slug};
use crate::propose::{describe, propose_all, to_json};
use crate::view::View;
use crate::world::{Context, Report};

/// Which number comes next, and what contradicts what is there.
mod rules;

/// What can be done with releases.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Add a build: hash it, cut it into blocks, and propose it
    Add(Args),
}

/// Options of `release add`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The product whose devices run the build
    #[arg(long, value_name = "NAME")]
    pub product: Product,
    /// The release that the build belongs to: one tested set of components
    #[arg(long, value_name = "NAME")]
    pub release: Segment,
    /// What the build is for a device: app, bootloader, radio, assets, ...
    #[arg(long, value_name = "NAME")]
    pub component: Slug,
    /// The version, for people
    #[arg(long, value_name = "VERSION")]
    pub version: Segment,
    /// The build itself: the bytes that end up on the device
    #[arg(long, value_name = "FILE")]
    pub file: PathBuf,
    /// The board revisions that it runs on
    #[arg(long, value_name = "NAME", required = true, num_args = 1..)]
    pub hardware: Vec<Slug>,
    /// The channels that may ever offer it, such as stable or beta
    #[arg(long, value_name = "NAME", required = true, num_args = 1..)]
    pub channel: Vec<Slug>,
    /// Its place in the order of builds of the component [default: the highest known, plus one]
    #[arg(long, value_name = "N")]
    pub sequence: Option<u64>,
    /// The security floor: devices that ran it refuse builds with a lower one [default: the
    /// highest known]
    #[arg(long, value_name = "N")]
    pub floor: Option<u64>,
    /// How it is stored and sent. A device passes over what it cannot decode: where both kinds
    /// follow one channel, add the build once for each, under the same release
    #[arg(long, value_enum, default_value_t = Encoding::Raw)]
    pub encoding: Encoding,
    /// Bytes of the build in each block: larger ones shrink better. A device needs RAM for one
    /// block as it travels and, unless it is raw, for one more as it was; where its flash is erased
    /// in pages, take a multiple of a page [default: 16384 for raw, 4096 for deflate, 131072 for
    /// zstd]
    #[arg(long, value_name = "BYTES")]
    pub block_size: Option<u32>,
    /// The slot that it is linked for, where builds run in place
    #[arg(long, value_name = "a|b", value_parser = parse_slot)]
    pub slot: Option<Slot>,
    /// Another component that must be installed together with it, at this sequence or later
    #[arg(long, value_name = "COMPONENT:N", value_parser = parse_need)]
    pub needs_with: Vec<(Slug, u64)>,
    /// Another component that must be installed before it, at this sequence or later
    #[arg(long, value_name = "COMPONENT:N", value_parser = parse_need)]
    pub needs_installed: Vec<(Slug, u64)>,
    /// When it was built, as 2026-11-21T12:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub built: Option<Time>,
}

/// Proposes a build as part of a release.
///
/// # Errors
/// [`Error::UnknownProduct`], what is wrong with the file or contradicts earlier releases.
pub fn add(args: &Args, context: &mut Context<'_, '_>) -> Result<Report> {
    let ceremony = Ceremony::open_to_change(&context.dir)?;
    let view = View::load(&ceremony)?;
    let role = RoleId::Product(args.product.clone());
    let draft = ceremony.next(&role)?.ok_or_else(|| Error::UnknownProduct {
        product: args.product.to_string(),
    })?;
    let path = target_path(args)?;
    let catalog = Catalog::read(&args.product, &view.targets(&role)?)?;
    let now = context.world.now;
    let numbers = rules::numbers(args, &catalog, now)?;
    let block_bytes = args.block_size.unwrap_or(args.encoding.block_bytes());
    let encoded = encode_file(&ceremony, &args.file, args.encoding, block_bytes)?;
    let image = spec(args, &numbers, &encoded);
    let (draft, replaced) = with_image(draft, &path, &encoded, &image);
    let (draft, set) = with_document(&ceremony, &view, args, draft)?;
    let listed = set.at(&path).ok_or_else(|| Error::NoTargetName {
        path: args.file.clone(),
    })?;
    rules::refuse_conflicts(listed, &set)?;
    let proposed = propose_all(&ceremony, vec![(role, draft)], now)?;
    if replaced {
        context.say(&format!("the earlier proposal of {path} was replaced"));
    }
    Ok(report(listed, &describe(&proposed), &to_json(&proposed)))
}

fn report(image: &Listed, proposed: &str, changes: &serde_json::Value) -> Report {
    Report::done(
        format!(
            "{proposed}  {}\n  sequence {}, floor {}\n  image {} bytes, sha256 {}\n  \
             sent as {}, {} bytes, sha256 {}\n",
            image.path,
            image.sequence,
            image.floor,
            image.image.length,
            image.image.sha256,
            image.encoding,
            image.target.length,
            image.target.sha256,
        ),
        json!({
            "proposed": changes,
            "target": image.path,
            "sequence": image.sequence,
            "floor": image.floor,
            "image": {"length": image.image.length, "sha256": image.image.sha256.to_string()},
            "encoding": image.encoding,
            "encoded": {
                "length": image.target.length,
                "sha256": image.target.sha256.to_string(),
            },
        }),
    )
}

fn target_path(args: &Args) -> Result<String> {
    if args.component.as_str() == release::COMPONENT {
        return Err(Error::ReservedComponent {
            name: args.component.to_string(),
        });
    }
    let name = target_name(&args.file, args.encoding)?;
    let path = format!(
        "images/{}/{}/{}/{name}",
        args.product, args.component, args.release
    );
    // The longer of the two paths that it leads to.
    sealift_metadata::name::TargetPath::new(&format!("{path}{}", blocks::SUFFIX)).map_err(
        |_| Error::NoTargetName {
            path: args.file.clone(),
        },
    )?;
    Ok(path)
}

fn spec(args: &Args, numbers: &rules::Numbers, encoded: &Encoded) -> ImageSpec {
    let needs = |list: &[(Slug, u64)]| {
        list.iter()
            .map(|(component, min_sequence)| NeedSpec {
                component: component.to_string(),
                min_sequence: *min_sequence,
            })
            .collect()
    };
    ImageSpec {
        product: args.product.to_string(),
        component: args.component.to_string(),
        hardware: sorted(&args.hardware),
        version: args.version.to_string(),
        sequence: numbers.sequence,
        floor: numbers.floor,
        release: args.release.to_string(),
        channels: sorted(&args.channel),
        image: encoded.image,
        encoding: args.encoding.as_str().to_owned(),
        blocks: encoded.blocks,
        slot: args.slot,
        from: None,
        needs_with: needs(&args.needs_with),
        needs_installed: needs(&args.needs_installed),
        built: numbers.built,
        security: None,
    }
}

fn sorted(names: &[Slug]) -> Vec<String> {
    let mut names: Vec<String> = names.iter().map(ToString::to_string).collect();
    names.sort();
    names.dedup();
    names
}

fn with_image(mut draft: Draft, path: &str, encoded: &Encoded, image: &ImageSpec) -> (Draft, bool) {
    let targets = draft.value().get("targets");
    let replaced = targets.and_then(|targets| targets.get(path)).is_some();
    let (target, table) = (&encoded.target, &encoded.table);
    draft.set_target(path, target.length, &target.sha256, Some(image.custom()));
    let table_path = format!("{path}{}", blocks::SUFFIX);
    draft.set_target(&table_path, table.length, &table.sha256, None);
    (draft, replaced)
}

/// Brings the release document in line with the images, and reads the images as they are now.
fn with_document(
    ceremony: &Ceremony,
    view: &View,
    args: &Args,
    mut draft: Draft,
) -> Result<(Draft, Catalog)> {
    let payload = draft.value().encode();
    let role = RoleId::Product(args.product.clone());
    let targets = sealift_metadata::verify::Document::read(&payload);
    let catalog = Catalog::read(&args.product, &targets.map_err(Error::metadata(&role))?)?;
    let document = catalog.release_document(&args.product, args.release.as_str());
    let path = document_path(&args.product, args.release.as_str());
    let length = u64::try_from(document.len()).unwrap_or(u64::MAX);
    let sha256 = Digest::of(&document);
    rules::refuse_published(view, &role, &path, &sha256, args.release.as_str())?;
    ceremony.put_blob(&document)?;
    draft.set_target(&path, length, &sha256, None);
    Ok((draft, catalog))
}

fn parse_slot(text: &str) -> std::result::Result<Slot, &'static str> {
    match text {
        "a" => Ok(Slot::A),
        "b" => Ok(Slot::B),
        _ => Err("a slot is a or b"),
    }
}

fn parse_need(text: &str) -> std::result::Result<(Slug, u64), &'static str> {
    const FORM: &str = "write it as COMPONENT:SEQUENCE, such as bootloader:3";
    let (component, sequence) = text.split_once(':').ok_or(FORM)?;
    Ok((
        component.parse().map_err(|_| FORM)?,
        sequence.parse().map_err(|_| FORM)?,
    ))
}

fn parse_time(text: &str) -> std::result::Result<Time, &'static str> {
    Time::parse(text).map_err(|_| "write it as 2026-11-21T12:00:00Z")
}
