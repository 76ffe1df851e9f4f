//! Whether a party's data may be stored: whoever brings it has agreed to a text, or need not.

use super::Refusal;
use crate::policies::Policies;

/// What is known of consent to storing a party's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Consent {
    /// Whoever asks has agreed to a text, and says in which version.
    Given,
    /// It is not asked: staff act by law, or it was given when the party began to wait.
    #[default]
    NotAsked,
    /// Somebody without an account says nothing.
    Missing,
    /// A parent who has signed in says nothing.
    MissingOfParent,
}

impl Consent {
    /// Lets pass what may be stored.
    ///
    /// # Errors
    /// [`Refusal::ConsentRequired`].
    pub fn suffices(self, policies: &Policies) -> Result<(), Refusal> {
        match self {
            Self::Given | Self::NotAsked => Ok(()),
            Self::Missing if !policies.consent_required => Ok(()),
            Self::Missing | Self::MissingOfParent => Err(Refusal::ConsentRequired),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_always_agree_first_and_others_where_the_campaign_says_so() {
        for (consent, required, passes) in [
            (Consent::Given, true, true),
            (Consent::NotAsked, true, true),
            (Consent::Missing, true, false),
            (Consent::Missing, false, true),
            (Consent::MissingOfParent, true, false),
            (Consent::MissingOfParent, false, false),
        ] {
            let policies = Policies {
                consent_required: required,
                ..Policies::default()
            };
            assert_eq!(
                consent.suffices(&policies).is_ok(),
                passes,
                "{consent:?} {required}"
            );
        }
    }
}
