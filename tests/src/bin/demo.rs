//! The main job on embedded defaults, told step by step: `cargo xtask demo`.

use std::path::Path;

use anyhow::{Context as _, Result};
use sealift_tests::story::{self, Builds};

/// `sealift-demo SCRATCH IMAGE_A IMAGE_B [VERSION_A VERSION_B]`
fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [scratch, first, second, versions @ ..] = args.as_slice() else {
        anyhow::bail!("this is started by cargo xtask demo");
    };
    let builds = Builds {
        first: Path::new(first),
        second: Path::new(second),
        versions: versions
            .first()
            .zip(versions.get(1))
            .map(|(a, b)| [a.as_str(), b.as_str()]),
    };
    story::tell(Path::new(scratch), &builds, &mut std::io::stdout())
        .with_context(|| format!("the story went wrong; see {scratch}"))
}
