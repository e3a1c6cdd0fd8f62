CREATE TABLE repositories (
    name TEXT NOT NULL PRIMARY KEY,
    -- Rises by one with every commit: whoever read another number lost the race.
    revision BIGINT NOT NULL,
    created BIGINT NOT NULL
);

CREATE TABLE documents (
    repository TEXT NOT NULL REFERENCES repositories (name),
    role TEXT NOT NULL,
    version BIGINT NOT NULL,
    document BLOB NOT NULL,
    committed BIGINT NOT NULL,
    PRIMARY KEY (repository, role, version)
);

CREATE TABLE tokens (
    -- SHA-256 of the token; the token itself is nowhere.
    sha256 BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    -- 0 while the token is good.
    revoked BIGINT NOT NULL
);
