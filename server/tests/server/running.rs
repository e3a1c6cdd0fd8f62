use std::sync::atomic::{AtomicBool, Ordering};

use sealift_metadata::write::Draft;
use sealift_server::app;
use sealift_server::data_dir::DataDir;
use sealift_server::db::{Database, tokens};
use sealift_server::name::{RepositoryName, TokenName};
use sealift_server::token::Token;

use crate::maker::{NOW, RELEASE, Release, root, sign, watch, watch_draft};
use crate::world::World;

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(future)
}

/// What `token create` does beside a running server.
pub(crate) fn make_token(world: &World, name: &str) -> String {
    let token = Token::generate().unwrap();
    block_on(async {
        let database = Database::open(&world.data().join("sealift.db"))
            .await
            .unwrap();
        let name = TokenName::new(name).unwrap();
        let mut tx = database.write().await.unwrap();
        let now = world.clock.now();
        let made =
            tokens::insert(&mut tx, &token.digest(), &name, now, now.plus(30 * 86_400)).await;
        assert!(made.unwrap());
        tx.commit().await.unwrap();
        database.close().await;
    });
    token.expose().to_owned()
}

#[test]
fn a_restart_shows_the_same_repository() {
    let (world, release) = World::with_release();
    let files = [
        "timestamp.json",
        "1.root.json",
        "1.targets.json",
        "1.watch.json",
    ];
    let read = |world: &World| {
        let snapshot = format!("{}.snapshot.json", world.current()["snapshot"]);
        let files = files.iter().copied().chain([snapshot.as_str()]);
        files
            .map(|file| world.metadata(file).body)
            .collect::<Vec<_>>()
    };
    let before = (read(&world), world.current());
    let world = world.restart();
    assert_eq!((read(&world), world.current()), before);
    assert_eq!(
        world.target(&release.path(), &release.image).body,
        release.image
    );
    assert_eq!(world.push(&[("watch", &watch(2, &[&release]))]).status, 200);
}

#[test]
fn of_pushes_at_once_exactly_one_wins_and_versions_have_no_gap() {
    let (world, release) = World::with_release();
    for version in 2..=6 {
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let pushes: Vec<_> = (0..8)
                .map(|nonce| {
                    let (world, release) = (&world, &release);
                    scope.spawn(move || {
                        let mut draft = watch_draft(version, &[release]);
                        draft.set("x-nonce", nonce);
                        world.push(&[("watch", &sign(draft, &RELEASE))]).status
                    })
                })
                .collect();
            pushes
                .into_iter()
                .map(|push| push.join().unwrap())
                .collect()
        });
        let won = statuses.iter().filter(|status| **status == 200).count();
        assert_eq!(won, 1, "{statuses:?}");
        assert!(
            statuses.iter().all(|status| matches!(status, 200 | 409)),
            "{statuses:?}"
        );
        assert_eq!(world.current()["roles"]["watch"], version);
    }
    for version in 1..=6 {
        assert_eq!(world.metadata(&format!("{version}.watch.json")).status, 200);
    }
}

#[test]
fn a_reader_sees_the_whole_old_or_the_whole_new_repository() {
    let (world, release) = World::with_release();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut walks = 0;
                    while !done.load(Ordering::SeqCst) || walks == 0 {
                        walk(&world);
                        walks += 1;
                    }
                })
            })
            .collect();
        for version in 2..=12 {
            let reply = world.push(&[("watch", &watch(version, &[&release]))]);
            assert_eq!(reply.status, 200, "{}", reply.json());
        }
        done.store(true, Ordering::SeqCst);
        for reader in readers {
            reader.join().unwrap();
        }
    });
}

/// Follows the promises from the timestamp to the product's role.
fn walk(world: &World) {
    let timestamp = world.metadata("timestamp.json").json();
    let promised = &timestamp["signed"]["meta"]["snapshot.json"];
    let snapshot = world.metadata(&format!("{}.snapshot.json", promised["version"]));
    let digest = sealift_metadata::Digest::of(&snapshot.body).to_string();
    assert_eq!(promised["hashes"]["sha256"], digest);
    for (file, promised) in snapshot.json()["signed"]["meta"].as_object().unwrap() {
        let role = world.metadata(&format!("{}.{file}", promised["version"]));
        let digest = sealift_metadata::Digest::of(&role.body).to_string();
        assert_eq!(promised["hashes"]["sha256"], digest, "{file}");
    }
}

#[test]
fn commands_beside_the_running_server_are_seen_by_it() {
    let world = World::new();
    let token = make_token(&world, "ci");
    let bearer = format!("Bearer {token}");
    let ask = || {
        world.request(
            "GET",
            "/api/v1/repositories/default",
            &[("authorization", &bearer)],
            b"",
        )
    };
    assert_eq!(ask().status, 200);
    assert_eq!(world.get("/tuf/other/metadata/1.root.json").status, 404);
    block_on(async {
        let data = DataDir::open(world.data()).unwrap();
        let services = app::open(&world.config, &data, world.clock.clone())
            .await
            .unwrap();
        let name = RepositoryName::new("other").unwrap();
        let document = root(1, &world.server.online_keys());
        let publisher = &services.publisher;
        assert!(publisher.create(&name, document.clone()).await.unwrap());
        assert!(!publisher.create(&name, document.clone()).await.unwrap());
        let broken = RepositoryName::new("broken").unwrap();
        let short = sign(Draft::of_document(&document).unwrap(), &[1]);
        assert!(publisher.create(&broken, short).await.is_err());

        let mut tx = services.database.write().await.unwrap();
        let name = TokenName::new("ci").unwrap();
        assert!(tokens::revoke(&mut tx, &name, NOW).await.unwrap());
        tx.commit().await.unwrap();
        services.database.close().await;
    });
    assert_eq!(world.get("/tuf/other/metadata/1.root.json").status, 200);
    assert_eq!(
        world.get("/tuf/broken/metadata/1.root.json").problem().1,
        "unknown_repository"
    );
    assert_eq!(ask().status, 401);
}

#[test]
fn another_process_that_publishes_first_is_noticed() {
    let (world, release) = World::with_release();
    // What the other process commits is not in the memory of this server.
    block_on(async {
        let data = DataDir::open(world.data()).unwrap();
        let services = app::open(&world.config, &data, world.clock.clone())
            .await
            .unwrap();
        let repository = services.shelf.find("default").await.unwrap().unwrap();
        let change = vec![("watch".to_owned(), watch(2, &[&release]))];
        let change = sealift_server::publish::Change::parse(change).unwrap();
        services
            .publisher
            .publish(&repository, &change)
            .await
            .unwrap();
        services.database.close().await;
    });
    let other = Release::new("2.0.0", 2, b"another");
    world.upload_release(&other);
    let stale = world.push(&[("watch", &watch(2, &[&other]))]);
    assert_eq!(stale.problem(), (409, "stale_change".to_owned()));
    assert_eq!(
        world
            .push(&[("watch", &watch(3, &[&release, &other]))])
            .status,
        200
    );
}
