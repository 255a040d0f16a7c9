//! Signs that `LOCAL_PATH` names another folder than the one that was meant.

use std::path::Path;

use bitbucket_pipe::text::printable;

use super::Report;
use crate::config::Config;
use crate::guard::Scope;
use crate::plan::objects::Objects;
use crate::scan::{INDEX, TreeFile, has_file_in, site_folder};

/// Files and folders that a repository has, and no site.
const OF_A_REPOSITORY: [&str; 3] = ["bitbucket-pipelines.yml", "node_modules", ".env"];

impl Report {
    /// A folder of the machine, and not of the repository.
    pub(crate) fn outside(&self, config: &Config) {
        if let Some(folder) = config.checkout.outside(&self.folder_name) {
            self.log.warning(printable(&format!(
                "LOCAL_PATH is {}, outside the clone {}: is every variable in it defined for this step?",
                folder.display(),
                config.checkout.clone_folder().display(),
            )));
        }
    }

    /// Signs that another folder was meant: the checkout itself, or one that is above the site.
    pub(crate) fn wrong_folder(
        &self,
        config: &Config,
        files: &[TreeFile],
        listed: &Objects,
        scope: &Scope<'_>,
    ) {
        if config.checkout.is_at(&self.folder_name) {
            let found: Vec<&str> =
                OF_A_REPOSITORY.into_iter().filter(|name| has_file_in(files, name)).collect();
            if !found.is_empty() {
                self.log.warning(format_args!(
                    "LOCAL_PATH is the repository itself, and {} will be deployed: name the build's output, or leave them \
                     out with --exclude in EXTRA_ARGS",
                    found.join(", "),
                ));
            }
        }
        // Where a page stays at the top, or is left out here, other deploys have their share of the site.
        let has_index =
            listed.at(INDEX).is_some() && !scope.may_delete(INDEX) || config.folder.join(INDEX).exists();
        if let Some(below) = site_folder(files).filter(|_| !has_index && config.shard.is_none()) {
            let site = Path::new(&self.folder_name).join(below);
            self.log.warning(printable(&format!(
                "LOCAL_PATH `{}` has no page at its top, and every page is below `{site}`, which has an index.html: if that \
                 is the site, write LOCAL_PATH: '{site}'",
                self.folder_name,
                site = site.display(),
            )));
        }
    }
}
