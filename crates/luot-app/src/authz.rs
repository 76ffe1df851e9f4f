//! Who may do what. Every use case starts here.
//!
//! Roles, phones and scopes grow; what is here is the beginning: staff by role, and whoever
//! holds the token of a booking.

use uuid::Uuid;

use crate::error::{Error, Result};

/// What somebody works as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Sets the service up.
    Admin,
    /// Plans and publishes, and answers for the numbers.
    Scheduler,
    /// School staff.
    School,
    /// Head of a village or residential group.
    Village,
    /// Works a station.
    Operator,
    /// Reads progress.
    Supervisor,
    /// A board or kiosk.
    Display,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Admin,
        Self::Scheduler,
        Self::School,
        Self::Village,
        Self::Operator,
        Self::Supervisor,
        Self::Display,
    ];

    /// As stored and as given on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Scheduler => "scheduler",
            Self::School => "school",
            Self::Village => "village",
            Self::Operator => "operator",
            Self::Supervisor => "supervisor",
            Self::Display => "display",
        }
    }
}

impl std::str::FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|r| r.as_str() == text)
            .ok_or_else(|| {
                let known: Vec<_> = Self::ALL.iter().map(|r| r.as_str()).collect();
                format!("no such role; there are {}", known.join(", "))
            })
    }
}

/// Who is asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// Nobody in particular: a parent.
    Anonymous,
    /// Somebody with a token that is no staff token: a booking's, perhaps.
    Holder(String),
    /// Staff, or whoever runs the binary beside the database.
    Staff {
        /// Who; nobody in the list of staff for the command line.
        id: Option<Uuid>,
        /// As what.
        role: Role,
        /// For one campaign only, if set.
        campaign: Option<Uuid>,
    },
}

/// What can be done, as far as roles go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Create campaigns, change their parts, import, plan and publish.
    Plan,
    /// Read plans and the machines.
    ReadPlans,
    /// Look up, move and cancel the appointments of others.
    ManageAppointments,
    /// Say that somebody belongs to a cohort whose list does not have them.
    Vouch,
}

impl Action {
    const fn allows(self, role: Role) -> bool {
        match self {
            Self::Plan => matches!(role, Role::Admin | Role::Scheduler),
            Self::ReadPlans => {
                matches!(role, Role::Admin | Role::Scheduler | Role::Supervisor)
            }
            Self::ManageAppointments => {
                matches!(role, Role::Admin | Role::Scheduler | Role::Operator)
            }
            Self::Vouch => !matches!(role, Role::Supervisor | Role::Display),
        }
    }
}

impl Actor {
    /// Whether this is staff who may do that, in that campaign.
    #[must_use]
    pub fn may(&self, action: Action, in_campaign: Option<Uuid>) -> bool {
        match self {
            Self::Staff { role, campaign, .. } => {
                action.allows(*role)
                    && (campaign.is_none() || in_campaign.is_none() || *campaign == in_campaign)
            }
            Self::Anonymous | Self::Holder(_) => false,
        }
    }

    /// Lets staff pass who may do that.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] for who is not staff, [`Error::Forbidden`] for who may not.
    pub fn require(&self, action: Action, in_campaign: Option<Uuid>) -> Result<()> {
        match self {
            Self::Anonymous | Self::Holder(_) => Err(Error::Unauthorized),
            Self::Staff { .. } if self.may(action, in_campaign) => Ok(()),
            Self::Staff { .. } => Err(Error::Forbidden),
        }
    }

    /// The staff member, if it is one.
    #[must_use]
    pub fn staff_id(&self) -> Option<Uuid> {
        match self {
            Self::Staff { id, .. } => *id,
            Self::Anonymous | Self::Holder(_) => None,
        }
    }

    /// What an idempotency key is scoped to.
    pub(crate) fn scope(&self) -> Vec<u8> {
        match self {
            Self::Staff { id, .. } => id.unwrap_or_default().as_bytes().to_vec(),
            // Who holds a booking's token is not told apart from other anonymous callers:
            // the key itself has enough random characters.
            Self::Anonymous | Self::Holder(_) => b"anonymous".to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_named_as_they_are_given() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert!("boss".parse::<Role>().is_err());
    }

    #[test]
    fn who_is_bound_to_a_campaign_may_nothing_in_another() {
        let (here, there) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let staff = Actor::Staff {
            id: None,
            role: Role::Scheduler,
            campaign: Some(here),
        };
        assert!(staff.may(Action::Plan, Some(here)));
        assert!(!staff.may(Action::Plan, Some(there)));
        assert!(matches!(
            Actor::Anonymous.require(Action::Plan, None),
            Err(Error::Unauthorized)
        ));
    }
}
