//! Keys and signatures that another implementation made: pyca/cryptography, over `a payload`.
#![cfg_attr(
    not(all(feature = "ecdsa-p256", feature = "rsa-pss")),
    expect(
        dead_code,
        reason = "keys and signatures of schemes that are not built"
    )
)]

use crate::error::Error;
use std::format;

use super::*;

const MESSAGE: &[u8] = b"a payload";

const P256_PEM: &str = "\
-----BEGIN PUBLIC KEY-----\n\
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEkvx4tJuSKgA6U5bfeU52FEN4fV3R\n\
f/rUdeNHIZR6tv7wdSFZV3ly5tdJ0kLBupQdXe6Vp+b/fTu1J7BgslRvNg==\n\
-----END PUBLIC KEY-----\n";
const P256_POINT: &str = "\
0492fc78b49b922a003a5396df794e761443787d5dd17ffad475e34721947ab6fef0752159577972e6d749d242\
c1ba941d5dee95a7e6ff7d3bb527b060b2546f36";
const P256_COMPRESSED: &str = "\
0292fc78b49b922a003a5396df794e761443787d5dd17ffad475e34721947ab6fe";
const P256_SIG: &str = "\
3046022100e789ec15b25c88bb478bf2f4c68427be8e842b73278c32a1e0abb137fb842018022100fb8730db62\
cb0cf7b51bbde7fffcfc1c9355998db2bcdb24e9371d01ed194514";
const RSA_PEM: &str = "\
-----BEGIN PUBLIC KEY-----\n\
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA2cb2Tqockg6TVbK+0fni\n\
khN8NSlYUX6Xaf0QYE5YzBJB2hkPw+b2fOXNKIqii/ucSu4nl7LcKUUE8PLlXjgf\n\
vxt2hAhUAzJBHWm2ThnbbX27lLjGtpsN4o1N1cIMHaro/I1pTEN27QlfdeM25T2f\n\
PFmygeTl4ZBPBIChQAq0SFfEpwjF8KaYLilmUB5/bfGzmM86IKJ9mG6ACIyxz10w\n\
7Rww7ruX2wzqQ6E6tGQ52w+3t0hhCtzQusEeOOOcRpvjAObbnwEIl48dQUgNi/Gz\n\
rPdgULCgP0SQ5jDG0dtvRTxLCtQuqzD1Nz90xTyPT3nEingz+wEEaMuhmWZFFjoF\n\
VwIDAQAB\n\
-----END PUBLIC KEY-----\n";
const RSA_SIG: &str = "\
d41f3c89f0899a3c6bff38152f56fa9edb55521a8cd7e8b9c25829a8c3cd833ea453308220e95fa53d7b7a0a44\
6026d2fe2204ab03d66526d24cff9e9b8e67980ecd52d9cce21340a7dd4ec615c7d4994fb7d5499647a95d318f\
a24c41c79a1d3e417698552380f7c5cc335b65fdb5eb16aee3f2bdf9d4ed555a3558b3a127854595711cc39d0e\
91670b6d9ff2b11e25d20aa10a194a1e4b98c030cd49f856e6df96e111569a397cc61b51641b75b7126bd8d425\
c020182b015ede137746f75cd321fe6bc25e169f574e5a708f3db5b86be04c57586303b1eace4c5578cadc8327\
1a86c8781b0230990fc4cf1da05e73b40b1ffc157c14e3df44622d93834eb1";
const RSA_SIG_PKCS1_V15: &str = "\
4dc9f2cc7bc891333385aa701b3a8f2161e04c222d3c9918014a11d522f128d7e62249c12bd8300f73eb5145b5\
df0d06a21a4b9620e14b957c4b469464b64db1d3d0acdad14b8341dc9364933c5d5e97f6ca119e1b1c50050c18\
b78bbfab08be88d9e4150f28c1e75797e2ee6e0395f9ecd63189c64d73d36bbddaed3500c43ebf9c86f5e34904\
7c58288f0d30dcd836a1f3ff0f7623bb84aa49fa58457c3f0fce56422c1ecea0de0e7189f3172f89d0b38832b7\
bf8239e39131fb0b30df9493e39dedd371cea4260342a304ee5c6512366bae5a88ca029d6f81a1ade94fa634a4\
350053390379802e6391d5993b0a6dabd29d0c3dc49f40a0f0ccb6ace03e95";
const P384_PEM: &str = "\
-----BEGIN PUBLIC KEY-----\n\
MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAECvZhboa7q8Wz25VxaAK5sGiof1EbhwQY\n\
VbzPSaWEV95c5O7YSugFZ9bMpoSqLdzV+6I3OAZezjOVM2RtLvms4te6VqdN86kH\n\
gk/Qv+IbUOwqqviuV5F+V9beFNYJgXF4\n\
-----END PUBLIC KEY-----\n";

fn read(keytype: &str, scheme: &str, public: &str) -> Result<Option<PublicKey>> {
    let json = format!(
        r#"{{"keytype":"{keytype}","keyval":{{"public":"{public}"}},"scheme":"{scheme}"}}"#
    );
    PublicKey::parse(json.as_bytes())
}

fn ed25519(public: &str) -> Result<Option<PublicKey>> {
    read("ed25519", "ed25519", public)
}

#[test]
fn a_key_of_an_unknown_scheme_or_of_another_type_is_no_error_and_no_key() {
    let hex = "22".repeat(32);
    for (keytype, scheme, public) in [
        ("ed25519", "rsa", hex.as_str()),
        ("rsa", "ed25519", &hex),
        ("ecdsa", "ed25519", &hex),
        ("ed25519", "ecdsa-sha2-nistp256", P256_PEM),
        ("rsa", "ecdsa-sha2-nistp256", P256_PEM),
        ("ecdsa", "rsassa-pss-sha256", RSA_PEM),
        ("rsa", "rsassa-pss-sha512", RSA_PEM),
        ("ml-dsa", "ml-dsa-65", "x"),
    ] {
        assert_eq!(
            read(keytype, scheme, public),
            Ok(None),
            "{keytype} {scheme}"
        );
    }
}

#[test]
fn a_key_reads_in_either_case() {
    let lower = ed25519(&"ab".repeat(32));
    assert_eq!(lower, Ok(Some(PublicKey::Ed25519([0xab; 32]))));
    assert_eq!(lower, ed25519(&"AB".repeat(32)));
}

#[test]
fn a_key_of_another_length_is_refused() {
    for public in ["", "ab", &"ab".repeat(33), &"gg".repeat(32)] {
        assert_eq!(ed25519(public), Err(Error::Invalid("keyval.public")));
    }
}

#[cfg(feature = "ecdsa-p256")]
#[test]
fn what_stands_in_escapes_before_a_key_makes_it_no_key() {
    let scheme = "ecdsa-sha2-nistp256";
    let fault = crate::json::Fault::Text;
    for note in [r#"a \"quoted\" note"#, r"back\\slash"] {
        let public = format!("{note}\n{P256_PEM}");
        let refused = read("ecdsa", scheme, &public).map_err(|error| error.code());
        assert_eq!(refused, Err(Error::json(fault, 0).code()), "{note}");
        assert_eq!(read("ecdsa", "of-tomorrow", &public), Ok(None));
    }
    assert!(read("ecdsa", scheme, P256_PEM).unwrap().is_some());
}

#[test]
fn a_key_of_small_order_is_refused_in_every_way_to_write_it() {
    let written =
        |first: &str, middle: &str, last: &str| format!("{first}{}{last}", middle.repeat(30));
    let order_eight = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03";
    for weak in [
        written("00", "00", "00"),
        written("00", "00", "80"),
        written("01", "00", "00"),
        written("01", "00", "80"),
        written("ec", "ff", "7f"),
        written("ec", "ff", "ff"),
        written("ed", "ff", "7f"),
        written("ed", "ff", "ff"),
        written("ee", "ff", "7f"),
        written("ee", "ff", "ff"),
        format!("{order_eight}7a"),
        format!("{order_eight}fa"),
    ] {
        assert_eq!(ed25519(&weak), Err(Error::WeakKey), "{weak}");
    }
    assert!(ed25519(&written("02", "00", "00")).is_ok());
}

#[cfg(feature = "ecdsa-p256")]
#[test]
fn p256_signatures_of_others_verify_and_nothing_else_does() {
    let scheme = "ecdsa-sha2-nistp256";
    for keytype in ["ecdsa", "ecdsa-sha2-nistp256"] {
        let key = read(keytype, scheme, P256_PEM).unwrap().unwrap();
        assert!(key.verifies(MESSAGE, P256_SIG));
        assert!(!key.verifies(b"another", P256_SIG));
        for bad in [
            "",
            "00",
            &P256_SIG[2..],
            &format!("{P256_SIG}00"),
            &format!("{P256_SIG}0"),
            &P256_SIG.replace('3', "4"),
        ] {
            assert!(!key.verifies(MESSAGE, bad), "{bad}");
        }
    }
}

#[cfg(feature = "ecdsa-p256")]
#[test]
fn one_p256_key_written_in_many_ways_is_one_key() {
    let scheme = "ecdsa-sha2-nistp256";
    let key = read("ecdsa", scheme, P256_PEM).unwrap();
    let bare = P256_PEM.trim_end();
    let dos = P256_PEM.replace('\n', "\r\n");
    for public in [
        P256_POINT,
        P256_COMPRESSED,
        &P256_POINT.to_uppercase(),
        bare,
        &dos,
    ] {
        assert_eq!(
            read("ecdsa-sha2-nistp256", scheme, public).unwrap(),
            key,
            "{public}"
        );
    }
    for public in [
        "",
        "04",
        P384_PEM,
        RSA_PEM,
        "-----BEGIN PUBLIC KEY-----",
        &P256_POINT.replace('1', "2"),
        &format!("{P256_POINT}0"),
        // The same point, said to be of another curve, and of another algorithm.
        &P256_PEM.replace("j0DAQcD", "j0DAQYD"),
        &P256_PEM.replace("j0CAQYI", "j0CAgYI"),
    ] {
        assert_eq!(
            read("ecdsa", scheme, public),
            Err(Error::Invalid("keyval.public")),
            "{public}"
        );
    }
}

#[cfg(feature = "rsa-pss")]
#[test]
fn rsa_pss_signatures_of_others_verify_and_nothing_else_does() {
    let key = read("rsa", "rsassa-pss-sha256", RSA_PEM).unwrap().unwrap();
    assert!(key.verifies(MESSAGE, RSA_SIG));
    assert!(!key.verifies(b"another", RSA_SIG));
    let half_a_byte_more = format!("{RSA_SIG}0");
    for bad in [
        "",
        RSA_SIG_PKCS1_V15,
        &RSA_SIG[2..],
        &half_a_byte_more,
        &"00".repeat(600),
    ] {
        assert!(!key.verifies(MESSAGE, bad), "{bad}");
    }
    let refused = read("rsa", "rsassa-pss-sha256", P256_PEM);
    assert_eq!(refused, Err(Error::Invalid("keyval.public")));
    let unterminated = RSA_PEM.replace("END", "END OF");
    assert!(read("rsa", "rsassa-pss-sha256", &unterminated).is_err());
}
