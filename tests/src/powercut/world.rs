//! What a maker of devices published, one stage after the other, and what devices of one geometry
//! run.

use sealift_device::Anchor;
use sealift_metadata::Digest;

use crate::flash::Geometry;
use crate::repository::{Build, Files, PRODUCT, Repository};

/// A state of the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The first release is on offer.
    First,
    /// The same, published again.
    Refreshed,
    /// The root was rotated twice.
    Rotated,
    /// The second release is on offer, with a higher security floor.
    Second,
    /// The third release is on offer.
    Third,
    /// A second release is on offer, with the floor of the first.
    SameFloor,
}

/// Repositories and images.
#[derive(Debug)]
pub struct World {
    /// The flash of its devices.
    pub geometry: &'static Geometry,
    /// The root of the factory.
    pub root: Vec<u8>,
    /// For each component, the images of the releases.
    images: Vec<[Vec<u8>; 3]>,
    stages: [(Stage, Files); 6],
}

impl World {
    /// The world of devices with one kind of flash.
    pub fn new(geometry: &'static Geometry) -> Self {
        let [block, first, second] = geometry.images;
        let builds = |version, sequence, floor, length: u32| -> Vec<Build> {
            let parts = 1..=geometry.layout.others.len() + 1;
            let build = |part| Build {
                floor,
                block_bytes: block,
                ..Build::new(version, sequence, length as usize / part)
            };
            let mut builds: Vec<_> = parts.map(build).collect();
            for (build, other) in builds.iter_mut().skip(1).zip(geometry.layout.others) {
                *build = build.clone().of(other.component);
            }
            builds
        };
        let first = builds("1.0.0", 1, 1, first);
        let third = builds("3.0.0", 3, 2, second - block);
        let same_floor = builds("2.0.0", 2, 1, second);
        let second = builds("2.0.0", 2, 2, second);
        let mut repository = Repository::new();
        let root = repository.first_root();
        let mut stages = Vec::new();
        let mut publish = |stage, repository: &mut Repository| {
            repository.publish();
            stages.push((stage, repository.files.clone()));
        };
        repository.release_set(&first, |_| {});
        publish(Stage::First, &mut repository);
        let mut branch = repository.clone();
        branch.release_set(&same_floor, |_| {});
        publish(Stage::SameFloor, &mut branch);
        publish(Stage::Refreshed, &mut repository);
        for note in ["second", "third"] {
            repository.rotate(|root| root.set("x-note", note));
        }
        publish(Stage::Rotated, &mut repository);
        repository.release_set(&second, |_| {});
        publish(Stage::Second, &mut repository);
        repository.release_set(&third, |_| {});
        publish(Stage::Third, &mut repository);
        let releases = first.into_iter().zip(second).zip(third);
        let images = releases.map(|((one, two), three)| [one.bytes, two.bytes, three.bytes]);
        Self {
            geometry,
            root,
            images: images.collect(),
            stages: std::array::from_fn(|_| stages.remove(0)),
        }
    }

    /// What a boot loader of its devices is built with, where it checks signatures.
    pub fn anchor(&self) -> Anchor<'static> {
        Anchor {
            root: Digest::of(&self.root),
            product: PRODUCT,
            component: "app",
            hardware: "rev-a",
            floor: 0,
        }
    }

    /// What is published.
    ///
    /// # Panics
    /// Never: every stage has its files.
    pub fn files(&self, stage: Stage) -> &Files {
        let found = self.stages.iter().find(|(name, _)| *name == stage);
        &found.expect("every stage has its files").1
    }

    /// The image of a sequence.
    pub fn image(&self, sequence: u64) -> &[u8] {
        self.image_of(0, sequence)
    }

    /// The image of a component, of which the first is 0, and of a sequence.
    pub fn image_of(&self, component: usize, sequence: u64) -> &[u8] {
        let index = usize::try_from(sequence).unwrap_or(0).saturating_sub(1);
        let images = self.images.get(component);
        let image = images.and_then(|images| images.get(index));
        image.map_or(&[], Vec::as_slice)
    }
}
