"""Which tokens are good: every algorithm, the vectors of the RFCs, and the attacks, each refused with a reason."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import Claims, ExpiredToken, InvalidToken, Jwks, Misuse, Verifier, testing
from hubbub.tokens.keys import UnknownKey
from tests.tokens.making import (
    ALGORITHMS,
    SECRET,
    claims,
    compact,
    encode,
    private_key,
    public_jwk,
    public_pem,
    rsa_key,
    token,
)


def reason(made: str, verifier: Verifier | None = None) -> str:
    """Why a token is refused."""
    with pytest.raises(InvalidToken) as refused:
        (verifier or Verifier(SECRET)).verify_nowait(made)
    assert not made or made not in str(refused.value)
    return str(refused.value)


# What is good


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_every_algorithm_serves_with_its_key_and_with_no_other(algorithm: str) -> None:
    key, other = private_key(algorithm), private_key(algorithm, 1)
    verifier = Verifier(public_pem(key))
    said = claims(role="admin")
    made = token(said, algorithm)
    assert dict(await verifier.verify(made)) == dict(verifier.verify_nowait(made)) == said
    assert reason(token(claims(), algorithm, other), verifier) == "the signature is not good"


HS256_EXAMPLE = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)
HS256_KEY = {
    "kty": "oct",
    "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
}
ED25519_EXAMPLE = (
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)
ED25519_KEY = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}


def test_the_example_of_rfc_7515_was_good_until_2011() -> None:
    verifier = Verifier(HS256_KEY, required=["exp"])
    with pytest.raises(ExpiredToken):
        verifier.verify_nowait(HS256_EXAMPLE)
    assert reason(HS256_EXAMPLE[:-1] + "g", verifier) == "the signature is not good"


def test_the_signature_of_rfc_8037_is_good_though_it_signs_no_claims() -> None:
    assert reason(ED25519_EXAMPLE, Verifier(ED25519_KEY)) == "the payload is not read: no JSON in UTF-8"
    assert "signature" in reason(ED25519_EXAMPLE[:-2] + "Cg", Verifier(ED25519_KEY))


# The attacks: what it is, the token, and why it is refused


def with_header(**header: Any) -> str:
    return token(claims(), **header)


def with_claims(**changes: Any) -> str:
    return token(claims(**changes))


def with_payload(text: str | bytes) -> str:
    return token(text if isinstance(text, bytes) else text.encode())


def unsigned(algorithm: str) -> str:
    return token(claims(), "none", alg=algorithm)


EXP = int(time.time()) + 1000
GOOD = f'"sub": "ann", "exp": {EXP}'

ATTACKS: list[tuple[str, Callable[[], str], str]] = [
    ("no token", lambda: "", "three parts"),
    ("two parts", lambda: "a.b", "three parts"),
    ("five parts, encrypted", lambda: "a.b.c.d.e", "three parts"),
    ("a megabyte", lambda: "a" * 1_000_000, "at most 8192"),
    ("no base64", lambda: "!!!.e30.e30", "the header is no base64url"),
    ("padded base64", lambda: with_header() + "=", "the signature is no base64url"),
    ("base64 that is not its only spelling", lambda: with_header()[:-1] + "_", "signature is no"),
    ("not ASCII", lambda: "é.é.é", "no base64url"),
    ("a lone surrogate", lambda: "\ud800.e30.e30", "no base64url"),
    ("a line more", lambda: with_header() + "\n", "no base64url"),
    ("header that is a list", lambda: f"{encode(b'[]')}.e30.e30", "the header is no JSON object"),
    ("header that is no JSON", lambda: f"{encode(b'{')}.e30.e30", "the header is not read"),
    ("header in UTF-16", lambda: f"{encode('{}'.encode('utf-16'))}.e30.e30", "the header is not read"),
    ("header with a name twice", lambda: compact(b'{"alg":"HS256","alg":"none"}', b"{}"), "stands twice"),
    ("header so deep", lambda: f"{encode(b'[' * 5000)}.e30.e30", "the header is not read"),
    ("no alg", lambda: with_header(alg=None), "'alg' is missing"),
    ("alg of another type", lambda: with_header(alg=["HS256"]), "'alg' is missing, or no string"),
    *((f"alg {name}", lambda name=name: unsigned(name), "is not allowed") for name in ("none", "None", "NONE", "nOnE")),
    ("alg with a NUL", lambda: unsigned("none\0"), "is not allowed"),
    ("alg of lower case", lambda: with_header(alg="hs256"), "is not allowed"),
    ("alg that is served, with another key", lambda: with_header(alg="RS256"), "does not go with the type of the key"),
    ("alg of a longer hash", lambda: with_header(alg="HS512"), "the signature is not good"),
    ("crit", lambda: with_header(crit=["exp"]), "'crit' is not allowed"),
    ("crit, unknown", lambda: with_header(crit=["urn:x"], **{"urn:x": 1}), "'crit' is not allowed"),
    ("crit, empty", lambda: with_header(crit=[]), "'crit' is not allowed"),
    ("jku", lambda: with_header(jku="https://evil.example/jwks"), "'jku' is not allowed"),
    ("x5u", lambda: with_header(x5u="https://evil.example/cert"), "'x5u' is not allowed"),
    ("jwk", lambda: with_header(jwk=public_jwk(rsa_key(7))), "'jwk' is not allowed"),
    ("x5c", lambda: with_header(x5c=["MII"]), "'x5c' is not allowed"),
    ("unencoded payload", lambda: with_header(b64=False), "'b64' is not allowed"),
    ("compressed", lambda: with_header(zip="DEF"), "'zip' is not allowed"),
    ("kid of another type", lambda: with_header(kid=7), "'kid' is no string"),
    ("typ of another type", lambda: with_header(typ=["JWT"]), "'typ' is no string"),
    ("no signature", lambda: with_header().rpartition(".")[0] + ".", "the signature is not good"),
    ("payload of another", lambda: swapped(), "the signature is not good"),
    ("payload that is a list", lambda: with_payload("[]"), "the payload is no JSON object"),
    ("payload that is no JSON", lambda: with_payload("{"), "the payload is not read"),
    ("payload that is no UTF-8", lambda: with_payload(b'{"sub": "\xff"}'), "the payload is not read"),
    ("claim twice", lambda: with_payload(f'{{{GOOD}, "sub": "root"}}'), "stands twice"),
    ("claim twice, deep inside", lambda: with_payload(f'{{{GOOD}, "a": [{{"b": 1, "b": 2}}]}}'), "stands twice"),
    ("NaN", lambda: with_payload('{"sub": "ann", "exp": NaN}'), "NaN is no JSON"),
    ("Infinity", lambda: with_payload('{"sub": "ann", "exp": Infinity}'), "Infinity is no JSON"),
    ("1e400", lambda: with_payload('{"sub": "ann", "exp": 1e400}'), "out of range"),
    ("nbf 1e400", lambda: with_payload(f'{{{GOOD}, "nbf": 1e400}}'), "out of range"),
    ("iat -1e400", lambda: with_payload(f'{{{GOOD}, "iat": -1e400}}'), "out of range"),
    (
        "a number of 5,000 digits",
        lambda: with_payload(f'{{"sub": "ann", "exp": {"9" * 5000}}}'),
        "the payload is not read",
    ),
    ("a number of 400 digits", lambda: with_payload(f'{{"sub": "ann", "exp": {"9" * 400}}}'), "no date"),
    ("a bomb of brackets", lambda: with_payload(f'{{{GOOD}, "a": {"[" * 5000}'), "the payload is not read"),
    (
        "a lone surrogate in a name",
        lambda: with_payload(f'{{"sub": "\\ud800", "exp": {EXP}}}'),
        "the payload is not read",
    ),
    ("exp a string", lambda: with_claims(exp=str(EXP)), "'exp' is no number but of the type str"),
    ("exp true", lambda: with_claims(exp=True), "'exp' is no number but of the type bool"),
    ("exp null", lambda: with_payload('{"sub": "ann", "exp": null}'), "'exp' is no number but of the type NoneType"),
    ("exp a list", lambda: with_claims(exp=[EXP]), "'exp' is no number"),
    ("exp negative", lambda: with_claims(exp=-1), "'exp' is no date"),
    ("exp in milliseconds", lambda: with_claims(exp=EXP * 1000), "'exp' is no date"),
    ("no exp", lambda: with_claims(exp=None), "'exp' is missing"),
    ("no sub", lambda: with_claims(sub=None), "'sub' is missing"),
    ("exp long ago", lambda: with_claims(exp=1), "the token expired"),
    ("exp zero", lambda: with_claims(exp=0), "the token expired"),
    ("nbf a string", lambda: with_claims(nbf="0"), "'nbf' is no number"),
    ("nbf to come", lambda: with_claims(nbf=EXP), "not good before its 'nbf'"),
    ("iat a float that is none", lambda: with_payload(f'{{{GOOD}, "iat": "1.5"}}'), "'iat' is no number"),
    ("iat to come", lambda: with_claims(iat=EXP), "not good before its 'iat'"),
    ("sub an int", lambda: with_claims(sub=7), "'sub' is no string but of the type int"),
    ("sub an object", lambda: with_claims(sub={"$ne": ""}), "'sub' is no string but of the type dict"),
    ("jti a list", lambda: with_claims(jti=["a"]), "'jti' is no string"),
    ("iss null", lambda: with_payload(f'{{{GOOD}, "iss": null}}'), "'iss' is no string"),
    ("aud an object", lambda: with_claims(aud={"chat": 1}), "'aud' is neither"),
    ("aud of ints", lambda: with_claims(aud=[1]), "'aud' is neither"),
    ("aud a list in a list", lambda: with_claims(aud=[["chat"]]), "'aud' is neither"),
    ("aud null", lambda: with_payload(f'{{{GOOD}, "aud": null}}'), "'aud' is neither"),
    ("aud that nobody asked for", lambda: with_claims(aud="chat"), "say audience=..."),
    ("aud empty", lambda: with_claims(aud=[]), "say audience=..."),
]


def swapped() -> str:
    header, _, signature = token(claims()).split(".")
    return f"{header}.{token(claims(sub='root')).split('.')[1]}.{signature}"


@pytest.mark.parametrize(("make", "why"), [pytest.param(*row, id=name) for name, *row in ATTACKS])
def test_an_attack_is_refused_with_its_reason(make: Callable[[], str], why: str) -> None:
    assert why in reason(make())


# Confusion of algorithms and keys

PEM = public_pem(rsa_key())
SPELLINGS = {
    "as it is": PEM,
    "without the last line's end": PEM.rstrip(),
    "with CRLF": PEM.replace(b"\n", b"\r\n"),
    "with spaces": b"  " + PEM + b"  ",
}


@pytest.mark.parametrize("secret", SPELLINGS.values(), ids=SPELLINGS.keys())
@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_a_public_key_is_no_secret(algorithm: str, secret: bytes) -> None:
    forged = token(claims(), algorithm, secret)
    assert "does not go with the type of the key" in reason(forged, Verifier(PEM))
    assert "does not go with the type of the key" in reason(forged, Verifier([public_jwk(rsa_key(), "k")]))


def test_a_secret_beside_a_public_key_stays_a_secret() -> None:
    verifier = Verifier([SECRET, PEM])
    assert verifier.verify_nowait(token(claims()))
    assert verifier.verify_nowait(token(claims(), "RS256"))
    assert reason(token(claims(), "HS256", PEM), verifier) == "the signature is not good"


def test_an_allow_list_allows_no_more() -> None:
    verifier = Verifier(PEM, algorithms=["PS256"])
    assert verifier.verify_nowait(token(claims(), "PS256"))
    assert "'RS256' is not allowed" in reason(token(claims(), "RS256"), verifier)


def test_an_empty_secret_signs_nothing() -> None:
    assert reason(token(claims(), "HS256", b"")) == "the signature is not good"


# Several keys, by name


def test_a_kid_chooses_its_key_and_no_other() -> None:
    verifier = Verifier({"keys": [public_jwk(rsa_key(n), f"k{n}") for n in (0, 1)]})
    for number in (0, 1):
        assert verifier.verify_nowait(token(claims(), "RS256", rsa_key(number), kid=f"k{number}"))
    assert reason(token(claims(), "RS256", rsa_key(1), kid="k0"), verifier) == "the signature is not good"
    assert verifier.verify_nowait(token(claims(), "RS256", rsa_key(1)))  # no kid: whichever fits


@pytest.mark.parametrize(
    "kid", ["k9", "", "../../etc/passwd", "' OR 1=1 --", "http://evil.example/", "\r\nX: y", "k" * 5000]
)
def test_an_unknown_kid_is_a_name_and_nothing_else(kid: str) -> None:
    verifier = Verifier({"keys": [public_jwk(rsa_key(), "k0")]})
    with pytest.raises(UnknownKey) as refused:
        verifier.verify_nowait(token(claims(), "RS256", kid=kid))
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 200


def test_a_key_without_a_name_serves_tokens_of_any() -> None:
    assert Verifier(SECRET).verify_nowait(token(claims(), kid="whatever"))


# Time, by the kit's clock


async def test_a_token_is_good_until_its_exp_and_the_leeway() -> None:
    with testing.manual_clock() as clock:
        verifier = Verifier(SECRET, leeway=5)
        made = token(claims(exp=clock.wall() + 100, iat=None))
        await clock.advance(104.9)
        assert verifier.verify_nowait(made)
        await clock.advance(0.2)
        with pytest.raises(ExpiredToken, match="expired 5 s ago"):
            verifier.verify_nowait(made)


@pytest.mark.parametrize("name", ["nbf", "iat"])
async def test_a_clock_that_is_a_little_behind_is_no_reason(name: str) -> None:
    with testing.manual_clock() as clock:
        now = clock.wall()
        made = token(claims(**{"exp": now + 100, "iat": None, name: now + 9}))
        assert Verifier(SECRET).verify_nowait(made)
        assert "9 s from now" in reason(made, Verifier(SECRET, leeway=0))


# Parties


@pytest.mark.parametrize("aud", ["chat", ["chat"], ["mail", "chat"]])
@pytest.mark.parametrize("audience", ["chat", ["news", "chat"], ("chat",)])
def test_an_audience_that_is_ours(aud: Any, audience: Any) -> None:
    assert Verifier(SECRET, audience=audience).verify_nowait(with_claims(aud=aud)).audience


@pytest.mark.parametrize("aud", [None, "mail", "Chat", "chat ", [], ["mail"], "", "c"])
def test_an_audience_that_is_not(aud: Any) -> None:
    assert "not for ['chat']" in reason(with_claims(aud=aud), Verifier(SECRET, audience="chat"))


@pytest.mark.parametrize(
    ("iss", "good"), [("https://a/", True), ("https://b/", True), ("https://a", False), (None, False)]
)
def test_an_issuer(iss: str | None, good: bool) -> None:
    verifier = Verifier(SECRET, issuer=["https://a/", "https://b/"])
    if good:
        assert verifier.verify_nowait(with_claims(iss=iss))["iss"] == iss
    else:
        assert "not from ['https://a/', 'https://b/']" in reason(with_claims(iss=iss), verifier)


def test_a_type() -> None:
    verifier = Verifier(SECRET, typ="at+jwt")
    assert verifier.verify_nowait(with_header(typ="AT+JWT"))
    assert "'typ' is 'JWT', not 'at+jwt'" in reason(with_header(typ="JWT"), verifier)
    assert "'typ' is None" in reason(with_header(), verifier)


def test_what_must_be_there_and_what_need_not() -> None:
    assert "'role' is missing" in reason(with_claims(), Verifier(SECRET, required=["role"]))
    assert Verifier(SECRET, required=[]).verify_nowait(token({})).user == ""


# Wrong use


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ({"algorithms": ["none"]}, "no algorithms here: none"),
        ({"algorithms": ["RS256"]}, "none of the keys serves RS256"),
        ({"algorithms": "HS256"}, r"algorithms=\['HS256'\]"),
        ({"algorithms": []}, "allows none"),
        ({"required": "exp"}, r"required=\['exp'\]"),
        ({"leeway": -1}, "leeway must not be negative"),
        ({"max_length": 0}, "max_length must be more than 0"),
        ({"audiences": "chat"}, "rules that are unknown: audiences; there are algorithms, audience"),
    ],
)
def test_wrong_use_fails_early(rules: Any, says: str) -> None:
    with pytest.raises(Misuse, match=says):
        Verifier(SECRET, **rules)


def test_keys_of_an_address_want_to_know_for_whom() -> None:
    with pytest.raises(Misuse, match="say audience"):
        Verifier(Jwks("https://issuer.example/jwks"))


def test_what_it_shows_of_itself_holds_no_secret() -> None:
    assert SECRET.decode() not in repr(Verifier(SECRET, audience="chat"))
    assert "chat" in repr(Verifier(SECRET, audience="chat"))


# Whatever comes

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["exp", "nbf", "iat", "sub", "iss", "aud", "jti", "role"])
OURS = Verifier([SECRET, PEM], audience="chat", issuer="me", required=["exp"])


def judged(made: str) -> Claims | None:
    """The claims; anything but the typed error is a fault."""
    try:
        return OURS.verify_nowait(made)
    except InvalidToken:
        return None


@given(st.dictionaries(NAMES, JSON))
def test_claims_of_any_type_are_good_or_refused(given_: dict[str, Any]) -> None:
    found = judged(token({"exp": EXP, "iss": "me", "aud": "chat", **given_}))
    if found is not None:
        assert isinstance(found.user, str)
        assert isinstance(found.expires_at, (int, float))
        assert "chat" in found.audience


@given(st.dictionaries(st.sampled_from(["alg", "kid", "typ", "cty", "crit", "jku", "x"]), JSON))
def test_headers_of_any_type_are_good_or_refused(header: dict[str, Any]) -> None:
    judged(compact(json.dumps({"alg": "HS256", **header}).encode(), json.dumps(claims()).encode()))


@given(
    st.text(max_size=200) | st.lists(st.binary(max_size=40), max_size=4).map(lambda parts: ".".join(map(encode, parts)))
)
def test_any_text_is_refused(text: str) -> None:
    assert judged(text) is None


@given(st.data())
def test_a_token_that_is_changed_anywhere_is_refused(data: st.DataObject) -> None:
    made = token(claims(iss="me", aud="chat"))
    at = data.draw(st.integers(0, len(made) - 1))
    changed = made[:at] + data.draw(st.characters(min_codepoint=33, max_codepoint=126)) + made[at + 1 :]
    assert (judged(changed) is not None) == (changed == made)


def test_a_lasting_one_takes_what_never_expires_and_the_first_stays_as_it_was() -> None:
    verifier, endless = Verifier(SECRET), token({"sub": "ann"})
    assert verifier.lasting().verify_nowait(endless).expires_at is None
    assert reason(endless, verifier) == "the claim 'exp' is missing"
    assert reason(token({}), verifier.lasting()) == "the claim 'sub' is missing"
    assert reason(endless, Verifier(SECRET, required=["exp"]).lasting()) == "the claim 'exp' is missing"
