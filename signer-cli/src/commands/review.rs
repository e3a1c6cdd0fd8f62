//! `sealift review`: what the proposed changes mean.

use serde_json::json;

use crate::ceremony::Ceremony;
use crate::check::check_change;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::ledger::Ledger;
use crate::names::RoleId;
use crate::review::{Item, Mark, Review};
use crate::trust::check_known_good;
use crate::view::View;
use crate::world::{Context, Report};

/// Options of `review`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The change to show: root, targets, channels, or a product [default: all changes]
    #[arg(value_name = "ROLE")]
    pub role: Option<RoleId>,
}

/// Shows the difference between each change and the document in force. What is not fit to be
/// signed is shown with the reason, and the command ends with exit code 1.
///
/// # Errors
/// [`Error::NothingPending`], [`Error::NoChange`], and what is wrong with `known-good/`.
pub fn run(args: &Args, context: &mut Context<'_, '_>) -> Result<Report> {
    let ceremony = Ceremony::open(&context.dir)?;
    let view = View::load(&ceremony)?;
    let ledger = Ledger::read(&context.home)?;
    let trusted = check_known_good(&ceremony, &view, &ledger)?;
    if let Some(introduction) = trusted.first_root.and_then(|first| first.introduction()) {
        context.say(&introduction);
    }
    let now = context.world.now;
    let mut exit = Exit::Done;
    let (mut texts, mut values) = (Vec::new(), Vec::new());
    for role in chosen(&view, args.role.as_ref())? {
        let change = view.change(&role)?;
        let mut review = Review::of(&ceremony, &view, change, now)?;
        if let Err(error) = check_change(&ceremony, &view, &role, now) {
            exit = Exit::Refused;
            let text = format!("not fit to be signed: {error} [{}]", error.code());
            review.items.push(Item::new(Mark::Warn, text));
        }
        texts.push(review.text());
        values.push(review.json());
    }
    Ok(Report {
        text: texts.join("\n"),
        json: json!({ "reviews": values }),
        exit,
    })
}

/// The roles that were asked for: one, or all that have a change.
fn chosen(view: &View, role: Option<&RoleId>) -> Result<Vec<RoleId>> {
    let roles: Vec<RoleId> = match role {
        Some(role) => vec![view.change(role)?.role.clone()],
        None => view.changes().map(|change| change.role.clone()).collect(),
    };
    if roles.is_empty() {
        return Err(Error::NothingPending);
    }
    Ok(roles)
}
