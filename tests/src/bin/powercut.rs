//! `cargo xtask powercut`: cuts the power within everything that a device does to its flash.
#![expect(clippy::print_stdout, reason = "a program that reports")]

use std::process::ExitCode;
use std::time::Instant;

use sealift_tests::flash::Geometry;
use sealift_tests::flash::geometry::GEOMETRIES;
use sealift_tests::powercut::{Campaign, Case, Effort, Tally};

/// What stands for a geometry where a gateway's files are meant.
const FILES: &str = "files";

/// Failures that are shown of each geometry.
const SHOWN: usize = 5;

/// What is asked for.
#[derive(Default)]
struct Args {
    deep: bool,
    replay: Option<Case>,
    jobs: usize,
    geometries: Vec<&'static Geometry>,
    scenarios: Vec<String>,
}

fn main() -> ExitCode {
    match args().and_then(|args| run(&args)) {
        Ok(code) => code,
        Err(what) => {
            println!("{what}");
            ExitCode::from(2)
        }
    }
}

fn args() -> Result<Args, String> {
    let mut args = Args {
        jobs: std::thread::available_parallelism().map_or(1, usize::from),
        ..Args::default()
    };
    let mut rest = std::env::args().skip(1);
    while let Some(option) = rest.next() {
        let mut value = || rest.next().ok_or(format!("{option} needs a value"));
        match option.as_str() {
            "--deep" => args.deep = true,
            "--replay" => args.replay = Some(value()?.parse()?),
            "--jobs" => args.jobs = value()?.parse().map_err(|_| "--jobs needs a number")?,
            "--geometry" => {
                let name = value()?;
                let found = Geometry::named(&name).ok_or(format!("no geometry {name:?}"))?;
                args.geometries.push(found);
            }
            "--scenario" => args.scenarios.push(value()?),
            _ => return Err(format!("unknown option {option}")),
        }
    }
    Ok(args)
}

fn run(args: &Args) -> Result<ExitCode, String> {
    let started = Instant::now();
    // A panic is reported with its case, not where it happens.
    std::panic::set_hook(Box::new(|_| {}));
    println!("geometry    cut points     cases  to the next update  failures");
    let mut total = Tally::default();
    if let Some(campaign) = campaign(args)? {
        total.add(campaign.run(args.jobs, |geometry, tally| show(geometry.name, tally)));
    }
    if let Some(effort) = files(args) {
        let tally = every_file(&effort)?;
        show(FILES, &tally);
        total.add(tally);
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("{} in {seconds:.0} s", line("total", &total));
    if total.cases == 0 {
        return Err("nothing was tried: an id holds as long as its scenario does the same".into());
    }
    if total.failures.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("hint: repeat one alone with `cargo xtask powercut --replay ID`");
    Ok(ExitCode::FAILURE)
}

/// The cuts on flash; none where only files are asked for.
fn campaign(args: &Args) -> Result<Option<Campaign>, String> {
    if let Some(case) = &args.replay {
        let is_flash = case.geometry != FILES;
        return is_flash.then(|| Campaign::replay(case.clone())).transpose();
    }
    let all: Vec<_> = GEOMETRIES.iter().collect();
    let geometries = match args.geometries.as_slice() {
        [] => &all,
        named => named,
    };
    let scenarios: Vec<_> = args.scenarios.iter().map(String::as_str).collect();
    Campaign::new(geometries, &scenarios, effort(args)).map(Some)
}

/// How much is tried on files: nothing where something else is asked for.
fn files(args: &Args) -> Option<Effort> {
    match &args.replay {
        Some(case) if case.geometry == FILES => Some(Effort::only(case.clone())),
        None if args.geometries.is_empty() && args.scenarios.is_empty() => Some(effort(args)),
        _ => None,
    }
}

fn effort(args: &Args) -> Effort {
    if args.deep {
        return Effort::deep();
    }
    Effort::usual()
}

#[cfg(feature = "files")]
fn every_file(effort: &Effort) -> Result<Tally, String> {
    sealift_tests::powercut::gateway::every_cut(effort)
}

#[cfg(not(feature = "files"))]
fn every_file(_: &Effort) -> Result<Tally, String> {
    Err("a gateway's files need the feature `files`".into())
}

fn show(name: &str, tally: &Tally) {
    println!("{}", line(name, tally));
    for (case, what) in tally.failures.iter().take(SHOWN) {
        println!("  FAILED {case}\n    {what}");
    }
    if tally.failures.len() > SHOWN {
        println!("  and {} more", tally.failures.len() - SHOWN);
    }
}

fn line(name: &str, tally: &Tally) -> String {
    let Tally {
        cuts,
        cases,
        thorough,
        failures,
    } = tally;
    let failures = failures.len();
    format!("{name:<10} {cuts:>11} {cases:>9} {thorough:>19} {failures:>9}")
}
