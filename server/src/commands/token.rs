//! `token create`, `token list`, `token revoke`

use anyhow::bail;
use sealift_server::db::tokens;
use sealift_server::name::TokenName;
use sealift_server::token::Token;

use super::{open, print};
use crate::cli::{Place, TokenVerb};

/// Makes, lists or revokes tokens.
///
/// # Errors
/// Why it did not.
pub(crate) async fn run(verb: TokenVerb) -> anyhow::Result<()> {
    match verb {
        TokenVerb::Create { name, days, place } => create(&name, days, &place).await,
        TokenVerb::List(place) => list(&place).await,
        TokenVerb::Revoke { name, place } => revoke(&name, &place).await,
    }
}

async fn create(name: &str, days: Option<u64>, place: &Place) -> anyhow::Result<()> {
    let name = TokenName::new(name)?;
    let (services, config) = open(place).await?;
    let now = services.clock.now();
    let days = days.unwrap_or(config.token_days);
    let expires = now.plus(days.saturating_mul(86_400));
    let token = Token::generate()?;
    let mut tx = services.database.write().await?;
    if !tokens::insert(&mut tx, &token.digest(), &name, now, expires).await? {
        bail!("there is or was a token `{name}`; every token has a name of its own");
    }
    tx.commit().await?;
    services.database.close().await;
    print(token.expose())?;
    Ok(())
}

async fn list(place: &Place) -> anyhow::Result<()> {
    let (services, _) = open(place).await?;
    let now = services.clock.now();
    for token in tokens::list(&services.database).await? {
        let state = match token.revoked {
            Some(at) => format!("revoked {at}"),
            None if token.expires <= now => "expired".to_owned(),
            None => "good".to_owned(),
        };
        let (name, made, expires) = (token.name, token.created, token.expires);
        print(&format!("{name}\tmade {made}\texpires {expires}\t{state}"))?;
    }
    services.database.close().await;
    Ok(())
}

async fn revoke(name: &str, place: &Place) -> anyhow::Result<()> {
    let name = TokenName::new(name)?;
    let (services, _) = open(place).await?;
    let mut tx = services.database.write().await?;
    if !tokens::revoke(&mut tx, &name, services.clock.now()).await? {
        bail!("there is no token `{name}` that is still good; see: sealift-server token list");
    }
    tx.commit().await?;
    services.database.close().await;
    Ok(())
}
