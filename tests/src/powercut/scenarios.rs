//! What a device goes through while its power is cut.

use sealift_device::slot::SlotId;

use super::session::{End, Session};
use super::world::Stage;

/// A way from one state of a device to another.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Its name in replay ids.
    pub name: &'static str,
    /// What the device was through before.
    pub before: &'static [Step],
    /// What it goes through.
    pub steps: &'static [Step],
    /// The sequences of the images that may be booted; 0 where there may be nothing to boot.
    pub images: &'static [u64],
    /// What is published when the device wakes up.
    pub stage: Stage,
    /// The sequence of the image that it ends with, confirmed.
    pub end: u64,
    /// Whether an image may count as failed: otherwise there is no cause for it.
    pub has_cause: bool,
}

/// One thing that a device goes through.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// It is switched on.
    Boot,
    /// Its self-test passes.
    Confirm,
    /// It polls.
    Round(Stage),
    /// It polls, and the link breaks after so many blocks of the image.
    BrokenRound(Stage, usize),
    /// A byte of a slot rots.
    Rot(SlotId),
    /// So many changes of the log.
    Log(u8),
}

use Stage::{First, Refreshed, Rotated, SameFloor, Second, Third};
use Step::{Boot, BrokenRound, Confirm, Log, Rot, Round};

/// A device that runs the first release, confirmed. From the factory, slot B comes first.
pub const INSTALLED: &[Step] = &[Round(First), Boot, Confirm, Boot];

const fn scenario(
    name: &'static str,
    before: &'static [Step],
    steps: &'static [Step],
    images: &'static [u64],
    (stage, end): (Stage, u64),
) -> Scenario {
    Scenario {
        name,
        before,
        steps,
        images,
        stage,
        end,
        has_cause: false,
    }
}

const fn with_cause(scenario: Scenario) -> Scenario {
    Scenario {
        has_cause: true,
        ..scenario
    }
}

/// All scenarios.
pub static SCENARIOS: &[Scenario] = &[
    scenario(
        "first-install",
        &[],
        &[Round(First), Boot, Confirm],
        &[0, 1],
        (First, 1),
    ),
    scenario(
        "update",
        INSTALLED,
        &[Round(Second), Boot, Confirm, Boot],
        &[1, 2],
        (Second, 2),
    ),
    scenario(
        "resume",
        &[Round(First), Boot, Confirm, Boot, BrokenRound(Second, 2)],
        &[Boot, Round(Second), Boot, Confirm],
        &[1, 2],
        (Second, 2),
    ),
    scenario(
        "broken-link",
        INSTALLED,
        &[BrokenRound(Second, 1), BrokenRound(Second, 1), Boot],
        &[1, 2],
        (Second, 2),
    ),
    scenario(
        "change-of-mind",
        &[Round(First), Boot, Confirm, Boot, BrokenRound(Second, 2)],
        &[Round(Third), Boot, Confirm],
        &[1, 3],
        (Third, 3),
    ),
    scenario(
        "confirm",
        &[Round(First), Boot, Confirm, Boot, Round(Second), Boot],
        &[Confirm, Boot],
        &[1, 2],
        (Second, 2),
    ),
    with_cause(scenario(
        "fall-back",
        &[Round(First), Boot, Confirm, Boot, Round(Second)],
        &[Boot, Boot, Boot, Boot, Boot],
        &[1, 2],
        (Third, 3),
    )),
    with_cause(scenario(
        "rotten-trial",
        &[
            Round(First),
            Boot,
            Confirm,
            Boot,
            Round(Second),
            Rot(SlotId::A),
        ],
        &[Boot, Boot],
        &[1, 3],
        (Third, 3),
    )),
    scenario(
        "rotten-image",
        &[
            Round(First),
            Boot,
            Confirm,
            Boot,
            Round(SameFloor),
            Boot,
            Confirm,
            Boot,
            Rot(SlotId::A),
        ],
        &[Boot, Round(SameFloor), Boot, Confirm],
        &[1, 2],
        (SameFloor, 2),
    ),
    scenario(
        "root-rotation",
        INSTALLED,
        &[Round(Rotated)],
        &[1, 2],
        (Second, 2),
    ),
    scenario(
        "refresh",
        INSTALLED,
        &[Round(Refreshed)],
        &[1, 2],
        (Second, 2),
    ),
    scenario("log-areas", INSTALLED, &[Log(11)], &[1, 2], (Second, 2)),
    with_cause(scenario(
        "after-failure",
        &[
            Round(First),
            Boot,
            Confirm,
            Boot,
            Round(Second),
            Boot,
            Boot,
            Boot,
            Boot,
        ],
        &[Round(Third), Boot, Confirm],
        &[1, 3],
        (Third, 3),
    )),
];

impl Scenario {
    /// The scenario of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        SCENARIOS.iter().find(|scenario| scenario.name == name)
    }
}

/// Goes through steps, each of which must go well.
///
/// # Panics
/// When one does not: nothing interrupted it.
pub fn walk<const UNIT: usize>(session: &mut Session<'_, UNIT>, steps: &[Step]) {
    for step in steps {
        match *step {
            Boot => {
                let booted = session.boot();
                assert!(booted.is_ok(), "{step:?}: {booted:?}");
            }
            Confirm => {
                let confirmed = session.confirm();
                assert!(confirmed.is_ok(), "{step:?}: {confirmed:?}");
            }
            Round(stage) => {
                let end = session.round(stage);
                assert!(matches!(end, End::Idle | End::Reboot), "{step:?}: {end:?}");
            }
            BrokenRound(stage, pieces) => {
                session.link = pieces;
                let end = session.round(stage);
                session.link = usize::MAX;
                assert!(matches!(end, End::Over(_)), "{step:?}: {end:?}");
            }
            Rot(slot) => {
                let at = session.area(slot).start + 77;
                session.flash.flip(at, 2);
            }
            Log(changes) => {
                for change in 0..changes {
                    let kept = session.keep_log(|log| log.settled.0[7] = change + 1);
                    assert!(kept.is_ok(), "{step:?}: {kept:?}");
                }
            }
        }
    }
}
