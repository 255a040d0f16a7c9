//! The cache through which credentials are renewed, which can be made to forget them before their time.

use std::sync::{Arc, PoisonError, RwLock};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::identity::{
    IdentityFuture, ResolveCachedIdentity, SharedIdentityCache, SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::runtime_components::{RuntimeComponents, RuntimeComponentsBuilder};
use aws_smithy_types::config_bag::ConfigBag;

use crate::sdk;

/// The SDK's own cache, replaced by an empty one when it shall forget. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Identities(Arc<RwLock<SharedIdentityCache>>);

impl Identities {
    pub(crate) fn new() -> Self {
        Self(Arc::new(RwLock::new(sdk::identity_cache())))
    }

    /// The next request asks for new credentials.
    pub(crate) fn forget(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = sdk::identity_cache();
    }

    fn current(&self) -> SharedIdentityCache {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ResolveCachedIdentity for Identities {
    fn resolve_cached_identity<'a>(
        &'a self,
        resolver: SharedIdentityResolver,
        components: &'a RuntimeComponents,
        config: &'a ConfigBag,
    ) -> IdentityFuture<'a> {
        let current = self.current();
        IdentityFuture::new(
            async move { current.resolve_cached_identity(resolver, components, config).await },
        )
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.current().validate_base_client_config(components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.current().validate_final_config(components, config)
    }
}
