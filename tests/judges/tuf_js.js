// tuf-js reads a repository of ours: start from a pinned root, refresh, download.
//
// Usage: node tuf_js.js TUF_JS ROOT METADATA_URL TARGETS_URL MEMORY [TARGET ...]
//
// TUF_JS is the file that the package begins with. What was accepted stays in the folder MEMORY,
// for the next time. Prints one JSON object: the versions it trusts, and the SHA-256 of every
// target it downloaded. Ends with 1 and the exception on standard error when anything is refused.
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");

// One client from its pinned root to the last target.
async function walk(Updater, root, metadataUrl, targetsUrl, memory, names) {
  const metadata = path.join(memory, "metadata");
  fs.mkdirSync(metadata, { recursive: true });
  const trusted = path.join(metadata, "root.json");
  if (!fs.existsSync(trusted)) {
    fs.copyFileSync(root, trusted);
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "targets-"));
  const targets = {};
  try {
    const updater = new Updater({
      metadataDir: metadata,
      metadataBaseUrl: metadataUrl,
      targetDir: folder,
      targetBaseUrl: targetsUrl,
      // It would ask again for what is not there.
      config: { fetchRetries: 0, fetchRetry: 0 },
    });
    await updater.refresh();
    for (const name of names) {
      const info = await updater.getTargetInfo(name);
      if (!info) {
        throw new Error(`no such target: ${name}`);
      }
      const content = fs.readFileSync(await updater.downloadTarget(info));
      targets[name] = crypto.createHash("sha256").update(content).digest("hex");
    }
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
  const versions = {};
  for (const file of fs.readdirSync(metadata)) {
    const document = JSON.parse(fs.readFileSync(path.join(metadata, file)));
    versions[path.parse(file).name] = document.signed.version;
  }
  return { targets, versions };
}

const [library, root, metadataUrl, targetsUrl, memory, ...names] = process.argv.slice(2);
const { Updater } = require(path.resolve(library));
walk(Updater, root, metadataUrl, targetsUrl, memory, names).then(
  (verdict) => console.log(JSON.stringify(verdict)),
  (error) => {
    // Every refusal is a verdict here.
    console.error(`${error.name}: ${error.message}`);
    process.exitCode = 1;
  },
);
