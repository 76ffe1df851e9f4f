//! What `cargo metadata` says, as far as the rules ask.

use serde::Deserialize;

use crate::support::{Context, Result, say};

/// The graph of packages, for the platform we are on (which is the one that is shipped).
#[derive(Deserialize, Default)]
pub(super) struct Metadata {
    pub(super) packages: Vec<Package>,
    workspace_members: Vec<String>,
}

#[derive(Deserialize, Default)]
pub(super) struct Package {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    /// `None` for an ordinary one, else `dev` or `build`.
    pub(super) kind: Option<String>,
    /// Those asked for by name.
    #[serde(default)]
    pub(super) features: Vec<String>,
    /// Whether the default ones are asked for too.
    #[serde(default)]
    pub(super) uses_default_features: bool,
}

impl Metadata {
    /// Asks cargo. Fails when `Cargo.lock` is behind the manifests, so that a clone builds what was tested.
    pub(super) fn read(context: &Context) -> Result<Self> {
        let version = say(context.cargo().arg("-vV"))?;
        let host = version
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .ok_or("cargo does not name its host")?;
        let text = say(context.cargo().args([
            "metadata",
            "--locked",
            "--format-version",
            "1",
            "--filter-platform",
            host,
        ]))?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Our own packages.
    pub(super) fn ours(&self) -> impl Iterator<Item = &Package> {
        self.packages
            .iter()
            .filter(|package| self.workspace_members.contains(&package.id))
    }

    /// A graph for a test: our packages with their `dev:`- or unprefixed dependencies.
    #[cfg(test)]
    pub(super) fn of(packages: &[(&str, &[&str])]) -> Self {
        let dependency = |text: &&str| {
            let (kind, name) = text
                .split_once(':')
                .map_or((None, *text), |(kind, name)| (Some(kind.to_owned()), name));
            Dependency {
                name: name.to_owned(),
                kind,
                features: Vec::new(),
                uses_default_features: false,
            }
        };
        let package = |(name, dependencies): &(&str, &[&str])| Package {
            id: (*name).to_owned(),
            name: (*name).to_owned(),
            dependencies: dependencies.iter().map(dependency).collect(),
        };
        Self {
            packages: packages.iter().map(package).collect(),
            workspace_members: packages
                .iter()
                .map(|(name, _)| (*name).to_owned())
                .collect(),
        }
    }
}
