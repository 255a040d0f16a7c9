//! A running embedded AWS, and everything an administrator or a test does to it.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use oidc_auth::policy::PolicyDocument;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

use crate::authority::Authority;
use crate::cloudfront::{Invalidation, Origin, ReferenceReuse};
use crate::edge::Visit;
use crate::faults::Fault;
use crate::iam::{AccessKey, Role, SessionCredentials};
use crate::pace::Throttled;
use crate::requests::Request;
use crate::route::Services;
use crate::{edge, listener, s3};

/// How long a listener may be gone that should be back. It takes as long only where somebody else has got its port.
const DEAF: Duration = Duration::from_mins(1);

/// An embedded AWS on the loopback interface, in a thread of its own; it stops when this is dropped.
#[derive(Debug)]
pub struct Cloud {
    address: SocketAddr,
    services: Arc<Services>,
    /// Dropped first, so that the thread ends before it is waited for.
    stop: Option<oneshot::Sender<Infallible>>,
    thread: Option<JoinHandle<()>>,
}

impl Cloud {
    /// Starts on a free port.
    ///
    /// # Panics
    /// When the machine gives no port or no thread. [`start_on`](Self::start_on) says so instead.
    #[must_use]
    pub fn start() -> Self {
        Self::start_on(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
            .expect("a free port of the loopback interface")
    }

    /// Starts on this address; the error is the machine's.
    pub fn start_on(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let services = Arc::new(Services::new());
        let runtime =
            tokio::runtime::Builder::new_multi_thread().thread_name("local-aws").enable_all().build()?;
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&services);
        let thread = thread::Builder::new().name("local-aws".into()).spawn(move || {
            // It fails only if the socket is not one, and it was just bound.
            let _ = runtime.block_on(listener::serve(listener, served, stopped));
            runtime.shutdown_background();
        })?;
        Ok(Self { address, services, stop: Some(stop), thread: Some(thread) })
    }

    /// `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Takes TLS, too, at the same port, with the certificate that this authority has signed: on connections that are
    /// opened from now on. A second authority takes the place of the first.
    pub fn accept_tls(&self, authority: &Authority) {
        self.services.accept_tls(authority.clone());
    }

    /// `https://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL`, once TLS is accepted.
    #[must_use]
    pub fn tls_endpoint(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The buckets and their objects.
    #[must_use]
    pub fn store(&self) -> &s3::Store {
        &self.services.store
    }

    /// Creates a role, or replaces the one with its ARN; sessions that are open follow it.
    pub fn create_role(&self, role: Role) {
        self.services.iam.create_role(role);
    }

    /// Registers an issuer as an identity provider of `account`, for tokens with one of these audiences.
    pub fn create_oidc_provider<A: AsRef<str>>(
        &self,
        account: &str,
        issuer_url: &str,
        audiences: impl IntoIterator<Item = A>,
    ) {
        let audiences = audiences.into_iter().map(|audience| audience.as_ref().to_owned()).collect();
        self.services.iam.create_oidc_provider(account, issuer_url, audiences);
    }

    /// Creates a user of [`ACCOUNT`](crate::ACCOUNT) with these permissions, and a static key for it.
    pub fn create_user(
        &self,
        name: &str,
        permissions: impl IntoIterator<Item = PolicyDocument>,
    ) -> AccessKey {
        self.services.iam.create_user(name, permissions.into_iter().collect())
    }

    /// Lets requests without a signature do what these policies allow, as the policy of a public bucket has it.
    pub fn allow_anonymous(&self, permissions: impl IntoIterator<Item = PolicyDocument>) {
        self.services.iam.allow_anonymous(permissions.into_iter().collect());
    }

    /// The temporary credentials that STS has handed out, oldest first.
    #[must_use]
    pub fn issued_credentials(&self) -> Vec<SessionCredentials> {
        self.services.iam.issued()
    }

    /// Lets all credentials handed out from now on end after `lifetime`, if not before.
    pub fn credential_lifetime(&self, lifetime: Duration) {
        self.services.iam.set_credential_lifetime(lifetime);
    }

    /// Creates a distribution, or replaces the one with this id. It belongs to whichever account asks for it.
    pub fn create_distribution(&self, id: &str, origin: Origin) {
        self.services.cloudfront.create_distribution(None, id, origin, Timestamp::now());
    }

    /// Creates a distribution that does not exist for any account but this.
    pub fn create_distribution_in(&self, account: &str, id: &str, origin: Origin) {
        self.services.cloudfront.create_distribution(Some(account), id, origin, Timestamp::now());
    }

    /// The invalidations of a distribution, oldest first; none when there is no such distribution.
    #[must_use]
    pub fn invalidations(&self, distribution: &str) -> Vec<Invalidation> {
        self.services.cloudfront.invalidations(distribution, Timestamp::now())
    }

    /// Lets invalidations created from now on take this long (a second unless set); `Duration::MAX` is for ever.
    pub fn invalidation_time(&self, time: Duration) {
        self.services.cloudfront.set_invalidation_time(time);
    }

    /// What CloudFront answers from now on when a caller reference comes again with other paths.
    pub fn caller_reference_reuse(&self, answer: ReferenceReuse) {
        self.services.cloudfront.set_reference_reuse(answer);
    }

    /// Completes all invalidations in progress.
    pub fn complete_invalidations(&self) {
        self.services.cloudfront.complete_invalidations(Timestamp::now());
    }

    /// Sets CloudFront's clock forward: what the edges hold grows old, and invalidations in progress complete.
    pub fn advance(&self, time: Duration) {
        self.services.cloudfront.advance(time);
    }

    /// Asks the edge of a distribution for a path, as a browser encodes it (`%XX` stays as it is).
    ///
    /// # Panics
    /// When there is no whole HTTP response, as a scripted fault has it. [`visit_with`](Self::visit_with) says so
    /// instead.
    #[must_use]
    pub fn visit(&self, distribution: &str, path: &str) -> Visit {
        self.visit_with("GET", distribution, path, &[]).expect("the edge answers")
    }

    /// The same with any method and headers; the error is the connection's.
    pub fn visit_with(
        &self,
        method: &str,
        distribution: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> io::Result<Visit> {
        edge::visit(self.address, distribution, method, path, headers)
    }

    /// Where the site of a distribution is served: browsers and curl resolve the name to the loopback interface, other
    /// clients send it as the `Host`.
    #[must_use]
    pub fn site_url(&self, distribution: &str) -> String {
        format!("http://{}.localhost:{}/", distribution.to_lowercase(), self.address.port())
    }

    /// Every request so far, in the order of arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.services.requests.all()
    }

    /// How many requests there were for this operation, such as `PutObject`.
    #[must_use]
    pub fn count(&self, operation: &str) -> usize {
        self.services.requests.count(operation)
    }

    /// Every request from now on, as soon as it is answered.
    pub(crate) fn watch(&self) -> UnboundedReceiver<Request> {
        self.services.requests.watch()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.services.requests.clear();
    }

    /// Begins a sentence that makes an operation fail: `cloud.fail("PutObject").on("a.js").with("SlowDown").times(2)`. The
    /// operation `*` is every request to S3, STS and CloudFront; visitors are never meant.
    pub fn fail(&self, operation: &str) -> Fault<'_> {
        self.services.faults.begin(operation)
    }

    /// Lets every request from now on wait so long before anything is done, as if AWS were so far away. Requests do not
    /// wait for each other.
    pub fn latency(&self, latency: Duration) {
        self.services.pace.set_latency(latency);
    }

    /// Answers this operation, such as `PutObject`, with 503 `SlowDown` when it is asked for more than so many times a
    /// second; a second's worth may come at once. The count of [`throttled`](Self::throttled) begins anew.
    pub fn throttle(&self, operation: &str, per_second: u32) {
        self.services.pace.limit(operation, per_second, Instant::now());
    }

    /// What the limit of an operation has let through and turned away; nothing of either when it has none.
    #[must_use]
    pub fn throttled(&self, operation: &str) -> Throttled {
        self.services.pace.throttled(operation)
    }

    /// How many requests faults have struck so far: none, where a sentence was about requests that never came.
    #[must_use]
    pub fn struck(&self) -> usize {
        self.services.faults.struck()
    }

    /// Ends all faults and limits. When this returns, connections are accepted again.
    ///
    /// # Panics
    /// When they are not within a minute.
    pub fn heal(&self) {
        self.services.faults.clear();
        self.services.pace.clear_limits();
        // The listener hears of it in its own thread.
        let heard = Instant::now();
        while let Err(error) = TcpStream::connect(self.address) {
            assert!(heard.elapsed() < DEAF, "nothing listens at {} any more: {error}", self.address);
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
#[path = "tests/mod.rs"]
mod tests;
