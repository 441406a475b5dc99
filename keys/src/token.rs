//! Keys in a device: a hardware security module, or whatever else speaks PKCS #11 (OASIS, version 2.40). The key is made in
//! the token and cannot leave it; what leaves is a signature, and that only after it was checked here.
//!
//! A token is slow, can be pulled out, and locks itself after a few wrong PINs. So one session is kept open and shared; when
//! it is lost it is opened once more for each signature that is asked for; and a PIN that was refused is never tried again.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use der::asn1::{OctetStringRef, PrintableStringRef};
use der::{Decode as _, Encode as _};
use sha2::{Digest as _, Sha256};
use spki::ObjectIdentifier;

use crate::entropy::Entropy;
use crate::identity::{Algorithm, Purpose};
use crate::public::PublicKey;
use crate::rsa;
use crate::signer::{SignError, Signer, TokenProblem};

/// How a token names our keys (`CKA_ID`): drawn when a key is made.
const OBJECT_BYTES: usize = 16;
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// How tokens before PKCS #11 3.0 name the curve.
const ED25519_NAME: &str = "edwards25519";

impl From<&Error> for TokenProblem {
    fn from(error: &Error) -> Self {
        let Error::Pkcs11(code, _) = error else {
            return match error {
                Error::LibraryLoading(_) | Error::MissingSymbol(_) | Error::NullFunctionPointer => Self::Module,
                _ => Self::Failed,
            };
        };
        match code {
            RvError::TokenNotPresent
            | RvError::DeviceRemoved
            | RvError::SlotIdInvalid
            | RvError::TokenNotRecognized => Self::Gone,
            RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange => Self::Pin,
            RvError::PinLocked | RvError::PinExpired | RvError::UserPinNotInitialized => Self::Locked,
            RvError::SessionHandleInvalid
            | RvError::SessionClosed
            | RvError::UserNotLoggedIn
            | RvError::CryptokiNotInitialized => Self::Session,
            RvError::KeyHandleInvalid | RvError::ObjectHandleInvalid => Self::Key,
            RvError::MechanismInvalid
            | RvError::MechanismParamInvalid
            | RvError::CurveNotSupported
            | RvError::KeySizeRange
            | RvError::AttributeValueInvalid
            | RvError::TemplateInconsistent
            | RvError::DomainParamsInvalid
            | RvError::KeyTypeInconsistent
            | RvError::FunctionNotSupported => Self::Kind,
            _ => Self::Failed,
        }
    }
}

impl From<Error> for TokenProblem {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

/// A token that is logged in to. Cheap to copy; all copies share the session.
#[derive(Clone)]
pub struct Token {
    shared: Arc<Shared>,
}

struct Shared {
    module: Pkcs11,
    label: String,
    pin: AuthPin,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    /// The PIN was refused once.
    refused: Option<TokenProblem>,
}

struct Open {
    session: Session,
    /// By the token's name of a key; good as long as the session is.
    keys: HashMap<Vec<u8>, ObjectHandle>,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token")
            .field("label", &self.shared.label)
            .finish_non_exhaustive()
    }
}

/// A key that a token has made.
#[derive(Debug, Clone)]
pub struct MadeInToken {
    /// The token's own name of it.
    pub object: Vec<u8>,
    /// The public half.
    pub public_key: PublicKey,
}

impl Token {
    /// Loads a PKCS #11 module, finds the token of this label and logs in.
    ///
    /// # Errors
    /// See [`TokenProblem`].
    pub fn open(module: &Path, label: &str, pin: &str) -> Result<Self, TokenProblem> {
        let module = Pkcs11::new(module)?;
        let token = Self {
            shared: Arc::new(Shared {
                module,
                label: label.to_owned(),
                pin: AuthPin::new(pin.into()),
                state: Mutex::default(),
            }),
        };
        token.with(|_| Ok(()))?;
        Ok(token)
    }

    /// The label.
    pub fn label(&self) -> &str {
        &self.shared.label
    }

    /// A name for an object in a token, so that whoever makes a key can write down first what it will be called.
    pub fn draw_object(entropy: &dyn Entropy) -> Vec<u8> {
        let mut object = vec![0; OBJECT_BYTES];
        entropy.fill(&mut object);
        object
    }

    /// Makes a key in the token under this name, not to be taken out of it, and reads its public half.
    ///
    /// # Errors
    /// See [`TokenProblem`]; [`TokenProblem::Extractable`] when the token does not keep what was asked, and then the key is
    /// destroyed again.
    pub fn make(&self, purpose: Purpose, algorithm: Algorithm, object: Vec<u8>) -> Result<MadeInToken, TokenProblem> {
        let label = format!("praman {purpose}").into_bytes();
        let public_key = self.with(|open| match algorithm {
            Algorithm::Ed25519 => {
                // The curve by its number, and for older tokens by its name.
                let number = ED25519.to_der().map_err(|_| TokenProblem::Failed)?;
                make_curve(open, &Mechanism::EccEdwardsKeyPairGen, number, &object, &label).or_else(|problem| {
                    if problem != TokenProblem::Kind {
                        return Err(problem);
                    }
                    let name = PrintableStringRef::new(ED25519_NAME).and_then(|name| name.to_der());
                    let name = name.map_err(|_| TokenProblem::Failed)?;
                    make_curve(open, &Mechanism::EccEdwardsKeyPairGen, name, &object, &label)
                })
            }
            Algorithm::P256 => {
                let curve = P256.to_der().map_err(|_| TokenProblem::Failed)?;
                make_curve(open, &Mechanism::EccKeyPairGen, curve, &object, &label)
            }
            Algorithm::Rsa2048 => make_rsa(open, &object, &label),
        })?;
        Ok(MadeInToken { object, public_key })
    }

    /// Takes a key out of the token for good: one that was made and not entered anywhere.
    ///
    /// # Errors
    /// See [`TokenProblem`].
    pub fn destroy(&self, object: &[u8]) -> Result<(), TokenProblem> {
        self.with(|open| {
            for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
                let wanted = [Attribute::Class(class), Attribute::Id(object.to_vec())];
                for handle in open.session.find_objects(&wanted)? {
                    open.session.destroy_object(handle)?;
                }
            }
            open.keys.remove(object);
            Ok(())
        })
    }

    /// The signer of a key of this token. That the token has the key, and its private half alone, is found out now.
    ///
    /// # Errors
    /// See [`TokenProblem`].
    pub fn signer(&self, purpose: Purpose, public_key: PublicKey, object: &[u8]) -> Result<TokenSigner, TokenProblem> {
        self.with(|open| open.key(object).map(|_| ()))?;
        Ok(TokenSigner {
            token: self.clone(),
            object: object.to_vec(),
            purpose,
            public: public_key,
        })
    }

    /// Does something with the session. One that was lost is opened once more, and the same is tried again.
    fn with<T>(&self, mut act: impl FnMut(&mut Open) -> Result<T, TokenProblem>) -> Result<T, TokenProblem> {
        let mut state = self.shared.state();
        let had_one = state.open.is_some();
        let first = self.shared.opened(&mut state).and_then(&mut act);
        let lost = |problem| {
            matches!(
                problem,
                // A token that was put back knows our handles no more, whatever it calls that.
                TokenProblem::Session | TokenProblem::Gone | TokenProblem::Key | TokenProblem::Failed
            )
        };
        match first {
            Err(problem) if lost(problem) => {
                state.open = None;
                if !had_one {
                    return Err(problem);
                }
                let again = self.shared.opened(&mut state).and_then(&mut act);
                if again.as_ref().is_err_and(|problem| lost(*problem)) {
                    state.open = None;
                }
                again
            }
            other => other,
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held leaves at worst a session that is opened anew.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn opened<'s>(&self, state: &'s mut State) -> Result<&'s mut Open, TokenProblem> {
        if let Some(refused) = state.refused {
            return Err(refused);
        }
        if state.open.is_none() {
            match self.log_in() {
                Ok(session) => {
                    state.open = Some(Open {
                        session,
                        keys: HashMap::new(),
                    });
                }
                Err(problem) => {
                    if matches!(problem, TokenProblem::Pin | TokenProblem::Locked) {
                        state.refused = Some(problem);
                    }
                    return Err(problem);
                }
            }
        }
        state.open.as_mut().ok_or(TokenProblem::Session)
    }

    fn log_in(&self) -> Result<Session, TokenProblem> {
        let initialize = || {
            let flags = CInitializeFlags::OS_LOCKING_OK;
            match self.module.initialize(CInitializeArgs::new(flags)) {
                Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
                Err(_) => Err(TokenProblem::Module),
            }
        };
        initialize()?;
        let session = self.module.open_rw_session(self.slot()?)?;
        match session.login(UserType::User, Some(&self.pin)) {
            // The login belongs to the token and not to the session.
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
            Err(error) => Err(error.into()),
        }
    }

    fn slot(&self) -> Result<Slot, TokenProblem> {
        for slot in self.module.get_slots_with_token()? {
            if self
                .module
                .get_token_info(slot)
                .is_ok_and(|info| info.label() == self.label)
            {
                return Ok(slot);
            }
        }
        Err(TokenProblem::Gone)
    }
}

impl Open {
    fn key(&mut self, object: &[u8]) -> Result<ObjectHandle, TokenProblem> {
        if let Some(known) = self.keys.get(object) {
            return Ok(*known);
        }
        let wanted = [
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::Id(object.to_vec()),
        ];
        let [handle] = self
            .session
            .find_objects(&wanted)?
            .try_into()
            .map_err(|_| TokenProblem::Key)?;
        self.keys.insert(object.to_vec(), handle);
        Ok(handle)
    }

    /// Makes a pair; a private half that is not as it was asked is destroyed.
    fn make(
        &self,
        mechanism: &Mechanism<'_>,
        parameters: &[Attribute],
        object: &[u8],
        label: &[u8],
    ) -> Result<ObjectHandle, TokenProblem> {
        let mut public = vec![
            Attribute::Token(true),
            Attribute::Verify(true),
            Attribute::Id(object.to_vec()),
            Attribute::Label(label.to_vec()),
        ];
        public.extend_from_slice(parameters);
        let private = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
            Attribute::Id(object.to_vec()),
            Attribute::Label(label.to_vec()),
        ];
        let (public, private) = self.session.generate_key_pair(mechanism, &public, &private)?;
        let told = self.session.get_attributes(
            private,
            &[
                AttributeType::Extractable,
                AttributeType::Sensitive,
                AttributeType::NeverExtractable,
                AttributeType::AlwaysSensitive,
            ],
        )?;
        let kept = [
            Attribute::Extractable(false),
            Attribute::Sensitive(true),
            Attribute::NeverExtractable(true),
            Attribute::AlwaysSensitive(true),
        ];
        if !kept.iter().all(|attribute| told.contains(attribute)) {
            self.session.destroy_object(private)?;
            self.session.destroy_object(public)?;
            return Err(TokenProblem::Extractable);
        }
        Ok(public)
    }
}

fn make_curve(
    open: &mut Open,
    mechanism: &Mechanism<'_>,
    curve: Vec<u8>,
    object: &[u8],
    label: &[u8],
) -> Result<PublicKey, TokenProblem> {
    let algorithm = match mechanism {
        Mechanism::EccKeyPairGen => Algorithm::P256,
        _ => Algorithm::Ed25519,
    };
    let public = open.make(mechanism, &[Attribute::EcParams(curve)], object, label)?;
    let told = open.session.get_attributes(public, &[AttributeType::EcPoint])?;
    let [Attribute::EcPoint(point)] = told.as_slice() else {
        return Err(TokenProblem::Failed);
    };
    // An OCTET STRING around the point; some tokens leave it off.
    let bare = <&OctetStringRef>::from_der(point).map_or(point.as_slice(), |octets| octets.as_bytes());
    PublicKey::try_new(algorithm, bare).map_err(|_| TokenProblem::Failed)
}

fn make_rsa(open: &mut Open, object: &[u8], label: &[u8]) -> Result<PublicKey, TokenProblem> {
    let parameters = [
        Attribute::ModulusBits(2048.into()),
        Attribute::PublicExponent(rsa::EXPONENT.to_vec()),
    ];
    let public = open.make(&Mechanism::RsaPkcsKeyPairGen, &parameters, object, label)?;
    let told = open
        .session
        .get_attributes(public, &[AttributeType::Modulus, AttributeType::PublicExponent])?;
    let mut modulus = None;
    for attribute in told {
        if let Attribute::Modulus(bytes) = attribute {
            modulus = Some(bytes);
        }
    }
    let key = rsa::public_key(&modulus.ok_or(TokenProblem::Failed)?).ok_or(TokenProblem::Failed)?;
    PublicKey::rsa(&key).map_err(|_| TokenProblem::Failed)
}

/// A key in a token, behind the same door as every other.
pub struct TokenSigner {
    token: Token,
    object: Vec<u8>,
    purpose: Purpose,
    public: PublicKey,
}

impl TokenSigner {
    fn made(&self, message: &[u8]) -> Result<Vec<u8>, TokenProblem> {
        self.token.with(|open| {
            let key = open.key(&self.object)?;
            let sign = |mechanism: &Mechanism<'_>, data: &[u8]| Ok(open.session.sign(mechanism, key, data)?);
            match self.public.algorithm() {
                Algorithm::Ed25519 => sign(&Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure)), message),
                Algorithm::P256 => {
                    // Hashed here: not every token has the mechanism that does both. What it gives is r | s.
                    let raw: Vec<u8> = sign(&Mechanism::Ecdsa, &Sha256::digest(message))?;
                    let signature = p256::ecdsa::Signature::from_slice(&raw).map_err(|_| TokenProblem::Failed)?;
                    Ok(signature.to_der().as_bytes().to_vec())
                }
                Algorithm::Rsa2048 => sign(&Mechanism::Sha256RsaPkcs, message),
            }
        })
    }
}

impl Signer for TokenSigner {
    fn purpose(&self) -> Purpose {
        self.purpose
    }

    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let (purpose, key) = (self.purpose, self.public.id());
        let signature = self
            .made(message)
            .map_err(|problem| SignError::Token { purpose, key, problem })?;
        self.public
            .verify(message, &signature)
            .map_err(|_| SignError::Check { purpose, key })?;
        Ok(signature)
    }
}
