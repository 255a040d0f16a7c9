//! What is said of an exchange, and what must not be shown of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use local_aws::Cloud;
use oidc_auth::{Level, Service, Voice};

use crate::{access, cloud, step};

/// What a voice told: notices, and secrets to conceal.
#[derive(Clone, Default)]
struct Heard {
    said: Arc<Mutex<Vec<(Level, String)>>>,
    concealed: Arc<Mutex<Vec<String>>>,
}

impl Heard {
    fn voice(&self) -> Voice {
        let (said, concealed) = (self.said.clone(), self.concealed.clone());
        Voice::to(move |notice| {
            said.lock().expect("not poisoned").push((notice.level, notice.text.to_string()));
        })
        .concealing(move |secret| concealed.lock().expect("not poisoned").push(secret.to_owned()))
    }

    fn said(&self) -> Vec<(Level, String)> {
        self.said.lock().expect("not poisoned").clone()
    }

    fn conceals_all_of(&self, cloud: &Cloud) -> bool {
        let concealed = self.concealed.lock().expect("not poisoned");
        let issued = cloud.issued_credentials();
        issued.iter().all(|keys| concealed.contains(&keys.secret) && concealed.contains(&keys.session_token))
    }
}

#[tokio::test]
async fn the_secrets_of_every_exchange_are_told_to_be_concealed() {
    let (cloud, heard) = (cloud(), Heard::default());
    cloud.credential_lifetime(Duration::from_secs(30));
    let access = access(&cloud, &step().sign()).voiced(heard.voice());
    let session = access.connect().await.expect("the token is good");
    assert!(heard.conceals_all_of(&cloud));
    let sts = aws_sdk_sts::Client::new(&session.sdk_config(Service::Sts, "us-east-1"));
    for _ in 0..2 {
        sts.get_caller_identity().send().await.expect("the credentials are good");
    }
    assert_eq!(cloud.issued_credentials().len(), 2, "they were renewed");
    assert!(heard.conceals_all_of(&cloud));
}

#[tokio::test]
async fn an_exchange_says_who_until_when_and_with_which_policy_and_no_secret() {
    let (cloud, heard) = (cloud(), Heard::default());
    let token = step().sign();
    let access = access(&cloud, &token).voiced(heard.voice());
    access.connect().await.expect("the token is good");
    let said = heard.said();
    let issued = cloud.issued_credentials();
    let until = format!("{:.0}", issued[0].expires);
    let (level, text) = &said[0];
    assert_eq!((said.len(), *level), (1, Level::Debug), "{said:?}");
    assert_eq!(
        *text,
        format!(
            "STS accepted the step's token: arn:aws:sts::111122223333:assumed-role/Deploy/acme-site-42 until {until}, with \
             no session policy"
        )
    );
    assert!(!text.contains(&token) && !text.contains(&issued[0].secret), "{text}");
}
