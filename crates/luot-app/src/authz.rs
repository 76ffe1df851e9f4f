//! Who may do what, and where. Every use case starts here.
//!
//! [`Action::allows`] is the one policy: which role may do what at all. [`Reach`] says where
//! somebody may: everywhere, in a campaign, or at a site, in a session, with a cohort.
//! Whoever may not know of a thing hears that there is none.

use std::collections::BTreeSet;
use std::sync::Arc;

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
    /// A board: shows who is called, with masked names.
    Display,
    /// Gives walk-in tickets.
    Kiosk,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Admin,
        Self::Scheduler,
        Self::School,
        Self::Village,
        Self::Operator,
        Self::Supervisor,
        Self::Display,
        Self::Kiosk,
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
            Self::Kiosk => "kiosk",
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
    /// Nobody in particular: a parent without an account.
    Anonymous,
    /// Somebody with a token that is nobody's: a booking's, perhaps.
    Holder(String),
    /// A parent who has signed in.
    Parent {
        /// Who.
        id: Uuid,
    },
    /// Staff, a system, a device, or whoever runs the binary beside the database.
    Staff {
        /// Who; nobody in the list of staff for the command line.
        id: Option<Uuid>,
        /// As what.
        role: Role,
        /// Where.
        reach: Arc<Reach>,
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
    /// See who waits, and say what gives a party precedence.
    ManageWaitlist,
    /// Say that somebody belongs to a cohort whose list does not have them.
    Vouch,
    /// Send the list of a cohort.
    SendRoster,
    /// Read names on the list of a cohort.
    ReadRoster,
    /// Read names on the list of a cohort when a reason is given.
    ReadRosterWithReason,
    /// Say whether a child is the one on the list that a parent names.
    ConfirmChild,
    /// See and answer what parents ask about their children's data.
    AnswerRequests,
    /// Add staff and devices, end their access.
    ManageStaff,
    /// Read who did what.
    ReadTrail,
    /// Read who did what when a reason is given.
    ReadTrailWithReason,
    /// Set how long data is kept, put a legal hold on it, erase it.
    Erase,
    /// Check people in on the day, and give tickets.
    CheckIn,
    /// Work a station: open it, call, serve; and say who must not be made to stand.
    Serve,
}

impl Action {
    /// The policy: whether a role may do that at all, wherever it reaches.
    #[must_use]
    pub const fn allows(self, role: Role) -> bool {
        use Role::{Admin, Display, Kiosk, Operator, Scheduler, School, Supervisor, Village};
        match self {
            Self::Plan => matches!(role, Admin | Scheduler),
            Self::ReadPlans => matches!(role, Admin | Scheduler | Supervisor),
            Self::ManageAppointments => {
                matches!(role, Admin | Scheduler | Operator | School | Village)
            }
            Self::ManageWaitlist => matches!(role, Admin | Scheduler | Operator),
            Self::Vouch => !matches!(role, Supervisor | Display | Kiosk),
            Self::SendRoster | Self::ReadRoster => {
                matches!(role, Admin | Scheduler | School | Village)
            }
            Self::ReadRosterWithReason => {
                matches!(role, Admin | Scheduler | School | Village | Supervisor)
            }
            Self::ConfirmChild => matches!(role, Admin | Scheduler | School | Village),
            Self::AnswerRequests => matches!(role, Admin | Scheduler),
            Self::ReadTrailWithReason => matches!(role, Admin | Supervisor),
            Self::CheckIn => matches!(role, Admin | Scheduler | Operator | Kiosk),
            Self::Serve => matches!(role, Admin | Scheduler | Operator),
            Self::ManageStaff | Self::ReadTrail | Self::Erase => matches!(role, Admin),
        }
    }
}

/// What a thing belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Where {
    /// It is not known yet: only the role is asked about. Must be followed by a question
    /// about the thing itself.
    Unknown,
    /// The service as a whole.
    Everywhere,
    /// A campaign as a whole.
    Campaign(Uuid),
    /// Something within a campaign.
    Within {
        /// The campaign.
        campaign: Uuid,
        /// Where it takes place.
        site: Option<Uuid>,
        /// And when.
        session: Option<Uuid>,
        /// Whose it is.
        cohort: Option<Uuid>,
    },
}

impl From<Option<Uuid>> for Where {
    fn from(campaign: Option<Uuid>) -> Self {
        campaign.map_or(Self::Unknown, Self::Campaign)
    }
}

/// Where somebody may do what their role may.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reach {
    /// Everywhere.
    pub everywhere: bool,
    /// In these campaigns, whatever it is.
    pub campaigns: BTreeSet<Uuid>,
    /// At these sites.
    pub sites: BTreeSet<Uuid>,
    /// In these sessions.
    pub sessions: BTreeSet<Uuid>,
    /// With these cohorts.
    pub cohorts: BTreeSet<Uuid>,
}

impl Reach {
    /// Everywhere.
    #[must_use]
    pub fn everywhere() -> Self {
        Self {
            everywhere: true,
            ..Self::default()
        }
    }

    /// Whether a thing is within it. Schools and villages reach their people wherever they
    /// come; operators and devices reach whoever comes to their place.
    #[must_use]
    pub fn covers(&self, role: Role, place: Where) -> bool {
        let of_people = !matches!(role, Role::Operator | Role::Display | Role::Kiosk);
        let of_places = !matches!(role, Role::School | Role::Village);
        let has = |set: &BTreeSet<Uuid>, id: Option<Uuid>| id.is_some_and(|id| set.contains(&id));
        match place {
            Where::Unknown => true,
            // A school or village is always a particular one: its cohorts must be named.
            _ if self.everywhere && of_places => true,
            Where::Everywhere => false,
            Where::Campaign(id) => of_places && self.campaigns.contains(&id),
            Where::Within {
                campaign,
                site,
                session,
                cohort,
            } => {
                let here = self.campaigns.contains(&campaign)
                    || has(&self.sites, site)
                    || has(&self.sessions, session);
                (of_places && here) || (of_people && has(&self.cohorts, cohort))
            }
        }
    }
}

impl Actor {
    /// Whether this is staff who may do that there.
    #[must_use]
    pub fn may(&self, action: Action, place: impl Into<Where>) -> bool {
        match self {
            Self::Staff { role, reach, .. } => {
                action.allows(*role) && reach.covers(*role, place.into())
            }
            Self::Anonymous | Self::Holder(_) | Self::Parent { .. } => false,
        }
    }

    /// Lets staff pass who may do that there.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] for who is not staff, [`Error::Forbidden`] for a role that may
    /// not, [`Error::NotFound`] for who may elsewhere: what is not theirs is not there.
    pub fn require(&self, action: Action, place: impl Into<Where>) -> Result<()> {
        let place = place.into();
        match self {
            Self::Anonymous | Self::Holder(_) => Err(Error::Unauthorized),
            Self::Staff { role, .. } if !action.allows(*role) => Err(Error::Forbidden),
            Self::Staff { role, reach, .. } if reach.covers(*role, place) => Ok(()),
            Self::Staff { .. } if place == Where::Everywhere => Err(Error::Forbidden),
            Self::Staff { .. } => Err(Error::NotFound("campaign")),
            Self::Parent { .. } => Err(Error::Forbidden),
        }
    }

    /// The member of staff, if it is one.
    #[must_use]
    pub fn staff_id(&self) -> Option<Uuid> {
        match self {
            Self::Staff { id, .. } => *id,
            Self::Anonymous | Self::Holder(_) | Self::Parent { .. } => None,
        }
    }

    /// The parent who has signed in.
    ///
    /// # Errors
    /// [`Error::Unauthorized`] for who has not, [`Error::Forbidden`] for staff.
    pub fn parent_id(&self) -> Result<Uuid> {
        match self {
            Self::Parent { id } => Ok(*id),
            Self::Anonymous | Self::Holder(_) => Err(Error::Unauthorized),
            Self::Staff { .. } => Err(Error::Forbidden),
        }
    }

    /// What an idempotency key is scoped to.
    pub(crate) fn scope(&self) -> Vec<u8> {
        match self {
            Self::Staff { id, .. } => id.unwrap_or_default().as_bytes().to_vec(),
            Self::Parent { id } => id.as_bytes().to_vec(),
            // Who holds a booking's token is not told apart from other anonymous callers:
            // the key itself has enough random characters.
            Self::Anonymous | Self::Holder(_) => b"anonymous".to_vec(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAMPAIGN: Uuid = Uuid::from_u128(1);
    const SITE: Uuid = Uuid::from_u128(2);
    const COHORT: Uuid = Uuid::from_u128(3);
    const OTHER: Uuid = Uuid::from_u128(9);

    fn staff(role: Role, reach: Reach) -> Actor {
        Actor::Staff {
            id: None,
            role,
            reach: Arc::new(reach),
        }
    }

    fn within(site: Uuid, cohort: Uuid) -> Where {
        Where::Within {
            campaign: CAMPAIGN,
            site: Some(site),
            session: None,
            cohort: Some(cohort),
        }
    }

    #[test]
    fn roles_are_named_as_they_are_given() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert!("boss".parse::<Role>().is_err());
    }

    #[test]
    fn who_is_bound_to_a_campaign_may_nothing_in_another() {
        let reach = Reach {
            campaigns: [CAMPAIGN].into(),
            ..Reach::default()
        };
        let staff = staff(Role::Scheduler, reach);
        assert!(staff.may(Action::Plan, Some(CAMPAIGN)));
        assert!(!staff.may(Action::Plan, Some(OTHER)));
        assert!(matches!(
            staff.require(Action::Plan, Some(OTHER)),
            Err(Error::NotFound(_))
        ));
        assert!(matches!(
            staff.require(Action::Plan, Where::Everywhere),
            Err(Error::Forbidden)
        ));
        assert!(matches!(
            Actor::Anonymous.require(Action::Plan, None),
            Err(Error::Unauthorized)
        ));
    }

    #[test]
    fn a_school_reaches_its_pupils_and_an_operator_the_own_place() {
        let reach = Reach {
            sites: [SITE].into(),
            cohorts: [COHORT].into(),
            ..Reach::default()
        };
        for (role, site, cohort, may) in [
            (Role::School, OTHER, COHORT, true),
            (Role::School, SITE, OTHER, false),
            (Role::Operator, SITE, OTHER, true),
            (Role::Operator, OTHER, COHORT, false),
            (Role::Scheduler, OTHER, COHORT, true),
            (Role::Supervisor, SITE, COHORT, false),
        ] {
            let staff = staff(role, reach.clone());
            let told = staff.may(Action::ManageAppointments, within(site, cohort));
            assert_eq!(told, may, "{role:?} {site} {cohort}");
        }
    }

    #[test]
    fn a_school_of_everywhere_is_a_school_of_nowhere() {
        let school = staff(Role::School, Reach::everywhere());
        assert!(!school.may(Action::ReadRoster, within(SITE, COHORT)));
        let operator = staff(Role::Operator, Reach::everywhere());
        assert!(operator.may(Action::ManageAppointments, within(SITE, COHORT)));
    }

    #[test]
    fn who_has_no_scope_reaches_nothing() {
        let nobody = staff(Role::Admin, Reach::default());
        for place in [
            Where::Everywhere,
            Where::Campaign(CAMPAIGN),
            within(SITE, COHORT),
        ] {
            assert!(!nobody.may(Action::Plan, place));
        }
    }
}
