//! Where requests go: hosts, paths, regions, `baseURL`, hints.

// clippy.toml excuses functions with #[test] only, not those that they call.
#![allow(clippy::string_slice, clippy::unwrap_used)]

use bedrock_chat_core::endpoint::{
    Endpoint, EndpointError, EndpointOptions, Family, Region, UrlParts, model_hint,
};

const CHAT: &str = "/chat/completions";

const GPT_OSS: &str = "openai.gpt-oss-20b-1:0";

fn in_region(region: &str) -> EndpointOptions<'_> {
    EndpointOptions {
        region: Some(region),
        ..EndpointOptions::default()
    }
}

/// The parts of a URL in the form that the WHATWG's `URL` would give them.
fn parts(url: &str) -> UrlParts<'_> {
    let (scheme, rest) = url.split_once("://").unwrap();
    let protocol = &url[..=scheme.len()];
    let (rest, hash) = rest.find('#').map_or((rest, ""), |at| rest.split_at(at));
    let (rest, search) = rest.find('?').map_or((rest, ""), |at| rest.split_at(at));
    let (authority, pathname) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (username, password) = user.split_once(':').unwrap_or((user, ""));
    let (hostname, port) = match host.rsplit_once(':') {
        Some((hostname, port)) if !port.ends_with(']') => (hostname, port),
        _ => (host, ""),
    };
    UrlParts {
        protocol,
        hostname,
        port,
        pathname,
        search,
        hash,
        username,
        password,
    }
}

fn at_url(url: &str) -> EndpointOptions<'_> {
    EndpointOptions {
        base_url: Some(parts(url)),
        ..EndpointOptions::default()
    }
}

fn field_of(result: Result<Endpoint, EndpointError>) -> &'static str {
    result.unwrap_err().field
}

// ---------------------------------------------------------------------------------------------
// From region and family
// ---------------------------------------------------------------------------------------------

/// botocore's endpoint cases for bedrock-runtime (`tests/functional/endpoint-rules/
/// bedrock-runtime/endpoint-tests-1.json`, 0e6e2404): region, FIPS, dual-stack, host.
#[test]
fn botocores_cases() {
    #[rustfmt::skip]
    let cases = [
        ("us-east-1", true, true, "bedrock-runtime-fips.us-east-1.api.aws"),
        ("us-east-1", true, false, "bedrock-runtime-fips.us-east-1.amazonaws.com"),
        ("us-east-1", false, true, "bedrock-runtime.us-east-1.api.aws"),
        ("us-east-1", false, false, "bedrock-runtime.us-east-1.amazonaws.com"),
        ("cn-north-1", true, true, "bedrock-runtime-fips.cn-north-1.api.amazonwebservices.com.cn"),
        ("cn-north-1", true, false, "bedrock-runtime-fips.cn-north-1.amazonaws.com.cn"),
        ("cn-north-1", false, true, "bedrock-runtime.cn-north-1.api.amazonwebservices.com.cn"),
        ("cn-north-1", false, false, "bedrock-runtime.cn-north-1.amazonaws.com.cn"),
        ("us-gov-east-1", true, true, "bedrock-runtime-fips.us-gov-east-1.api.aws"),
        ("us-gov-east-1", true, false, "bedrock-runtime-fips.us-gov-east-1.amazonaws.com"),
        ("us-gov-east-1", false, true, "bedrock-runtime.us-gov-east-1.api.aws"),
        ("us-gov-east-1", false, false, "bedrock-runtime.us-gov-east-1.amazonaws.com"),
        ("us-iso-east-1", true, false, "bedrock-runtime-fips.us-iso-east-1.c2s.ic.gov"),
        ("us-iso-east-1", false, false, "bedrock-runtime.us-iso-east-1.c2s.ic.gov"),
        ("us-isob-east-1", true, false, "bedrock-runtime-fips.us-isob-east-1.sc2s.sgov.gov"),
        ("us-isob-east-1", false, false, "bedrock-runtime.us-isob-east-1.sc2s.sgov.gov"),
    ];
    for (region, fips, dualstack, host) in cases {
        assert_host(region, fips, dualstack, host);
    }
    let custom = |fips, dualstack, region| {
        Endpoint::new(&EndpointOptions {
            use_fips_endpoint: fips,
            use_dualstack_endpoint: dualstack,
            region,
            ..at_url("https://example.com")
        })
    };
    for region in [Some("us-east-1"), None] {
        assert_eq!(
            custom(false, false, region).unwrap().url(GPT_OSS, CHAT),
            "https://example.com/chat/completions"
        );
    }
    assert_eq!(
        field_of(custom(true, false, Some("us-east-1"))),
        "useFipsEndpoint"
    );
    assert_eq!(
        field_of(custom(false, true, Some("us-east-1"))),
        "useDualstackEndpoint"
    );
    assert_eq!(
        field_of(Endpoint::new(&EndpointOptions::default())),
        "region"
    );
}

/// The partitions that botocore's cases leave out, from its rules and `partitions.json`.
#[test]
fn every_other_partition() {
    #[rustfmt::skip]
    let cases = [
        ("eusc-de-east-1", "amazonaws.eu", "api.amazonwebservices.eu"),
        ("us-iso-west-1", "c2s.ic.gov", "api.aws.ic.gov"),
        ("us-isob-west-1", "sc2s.sgov.gov", "api.aws.scloud"),
        ("eu-isoe-west-1", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
        ("us-isof-south-1", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
        ("us-gov-west-1", "amazonaws.com", "api.aws"),
        ("mx-central-1", "amazonaws.com", "api.aws"),
        ("ap-southeast-12", "amazonaws.com", "api.aws"),
    ];
    for (region, suffix, dualstack_suffix) in cases {
        for (fips, service) in [(false, "bedrock-runtime"), (true, "bedrock-runtime-fips")] {
            assert_host(region, fips, false, &format!("{service}.{region}.{suffix}"));
            assert_host(
                region,
                fips,
                true,
                &format!("{service}.{region}.{dualstack_suffix}"),
            );
        }
    }
}

/// The host of runtime, and that the same host is understood as a `baseURL`.
fn assert_host(region: &str, fips: bool, dualstack: bool, host: &str) {
    let endpoint = Endpoint::new(&EndpointOptions {
        use_fips_endpoint: fips,
        use_dualstack_endpoint: dualstack,
        ..in_region(region)
    })
    .unwrap();
    assert_eq!(endpoint.host(), host);
    assert_eq!(endpoint.family(), Family::Runtime);
    assert_eq!(endpoint.signing_service(), "bedrock");
    assert_eq!(endpoint.require_region().map(Region::as_str), Ok(region));
    assert_eq!(
        endpoint.url(GPT_OSS, CHAT),
        format!("https://{host}/openai/v1/chat/completions")
    );
    assert_eq!(endpoint.path(GPT_OSS, CHAT), "/openai/v1/chat/completions");

    let url = format!("https://{host}/openai/v1");
    assert_eq!(Endpoint::new(&at_url(&url)), Ok(endpoint), "{url}");
}

#[test]
fn mantle() {
    let options = EndpointOptions {
        endpoint: Some(Family::Mantle),
        ..in_region("eu-north-1")
    };
    let endpoint = Endpoint::new(&options).unwrap();
    assert_eq!(endpoint.host(), "bedrock-mantle.eu-north-1.api.aws");
    assert_eq!(endpoint.signing_service(), "bedrock-mantle");
    assert_eq!(endpoint.family(), Family::Mantle);
    #[rustfmt::skip]
    let cases = [
        ("openai.gpt-oss-20b", "/v1"),
        ("openai.gpt-oss-safeguard-120b", "/v1"),
        ("openai.gpt-5.6-sol", "/openai/v1"),
        ("openai.gpt-5.4", "/openai/v1"),
        ("xai.grok-4.3", "/openai/v1"),
        ("google.gemma-4-27b", "/openai/v1"),
        ("google.gemma-3-27b-it", "/v1"),
        ("qwen.qwen3-32b", "/v1"),
        ("deepseek.v3.2", "/v1"),
        ("moonshotai.kimi-k2-thinking", "/v1"),
        ("", "/v1"),
    ];
    for (model, path) in cases {
        let path = format!("{path}/chat/completions");
        assert_eq!(endpoint.path(model, CHAT), path, "{model}");
        let url = format!("https://bedrock-mantle.eu-north-1.api.aws{path}");
        assert_eq!(endpoint.url(model, CHAT), url, "{model}");
    }

    let dualstack = EndpointOptions {
        use_dualstack_endpoint: true,
        ..options
    };
    assert_eq!(
        Endpoint::new(&dualstack).as_ref(),
        Ok(&endpoint),
        "its host is dual-stack already"
    );
    let fips = EndpointOptions {
        use_fips_endpoint: true,
        ..options
    };
    assert_eq!(field_of(Endpoint::new(&fips)), "useFipsEndpoint");
    let china = EndpointOptions {
        region: Some("cn-north-1"),
        ..options
    };
    assert_eq!(field_of(Endpoint::new(&china)), "endpoint");
    let gov = EndpointOptions {
        region: Some("us-gov-west-1"),
        ..options
    };
    assert_eq!(
        Endpoint::new(&gov).unwrap().host(),
        "bedrock-mantle.us-gov-west-1.api.aws"
    );
}

#[test]
fn families() {
    for family in [Family::Runtime, Family::Mantle] {
        assert_eq!(Family::parse(family.as_str()), Some(family));
    }
    for name in ["", "Runtime", "bedrock-runtime", "runtime ", "//evil"] {
        assert_eq!(Family::parse(name), None, "{name}");
    }
}

#[test]
fn regions() {
    #[rustfmt::skip]
    let cases = [
        "us-east-1",
        "ap-southeast-12",
        "us-gov-west-1",
        "us-isob-east-1",
        "eusc-de-east-1",
        "mx-central-1",
        "ab-1x-1",
        "abcdefgh-x-0",
    ];
    for name in cases {
        assert_eq!(Region::parse(name).as_ref().map(Region::as_str), Ok(name));
    }
    #[rustfmt::skip]
    let cases = [
        "",
        "-",
        "--",
        "us",
        "us-1",
        "us-east",
        "us-east-",
        "-east-1",
        "us--1",
        "us-east-1a",
        "u-east-1",
        "abcdefghi-x-1",
        "US-east-1",
        "us-East-1",
        "us_east_1",
        " us-east-1",
        "us-east-1 ",
        "us-east-1\n",
        "us-east-1.evil.com",
        "evil.com/#",
        "evil.com/#-x-1",
        "us-ea.st-1",
        "us-e/ast-1",
        "us-é-1",
        "us-east-１",
        "us-east-1@evil.com-1",
        "u2-east-1",
        "us-east-1%2e-1",
        "us-east\0-1",
    ];
    for name in cases {
        let error = Region::parse(name).unwrap_err();
        assert_eq!(error.field, "region", "{name:?}");
        assert_eq!(
            error.message,
            "`region` must be the name of an AWS region, such as us-west-2"
        );
        assert_eq!(
            field_of(Endpoint::new(&in_region(name))),
            "region",
            "{name:?}"
        );
        let custom = EndpointOptions {
            region: Some(name),
            ..at_url("https://example.com")
        };
        assert_eq!(field_of(Endpoint::new(&custom)), "region", "{name:?}");
    }
}

#[test]
fn the_environments_region_counts_last() {
    let region = |options: EndpointOptions<'_>| {
        let endpoint = Endpoint::new(&options)?;
        endpoint
            .require_region()
            .map(|region| region.as_str().to_owned())
    };
    let environment_region = Some("eu-west-1");
    let aws = "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1";
    #[rustfmt::skip]
    let cases = [
        ("alone", EndpointOptions::default(), "eu-west-1"),
        ("beside `region`", in_region("us-east-1"), "us-east-1"),
        ("beside a host of AWS's", at_url(aws), "us-west-2"),
        ("beside a custom host", at_url("https://example.com"), "eu-west-1"),
    ];
    for (name, options, expected) in cases {
        let options = EndpointOptions {
            environment_region,
            ..options
        };
        assert_eq!(region(options), Ok(expected.into()), "{name}");
    }
    let bad = EndpointOptions {
        environment_region: Some("evil.com/#"),
        ..EndpointOptions::default()
    };
    assert_eq!(field_of(Endpoint::new(&bad)), "region");
}

// ---------------------------------------------------------------------------------------------
// From baseURL
// ---------------------------------------------------------------------------------------------

#[test]
fn hosts_of_aws_say_family_and_region() {
    use Family::{Mantle, Runtime};
    #[rustfmt::skip]
    let cases = [
        ("bedrock-runtime.us-west-2.amazonaws.com", Runtime, "us-west-2"),
        ("bedrock-runtime-fips.us-west-2.amazonaws.com", Runtime, "us-west-2"),
        ("bedrock-runtime.us-west-2.amazonaws.com:8443", Runtime, "us-west-2"),
        ("bedrock-runtime.us-west-2.amazonaws.com.", Runtime, "us-west-2"),
        ("bedrock-mantle.eu-west-1.api.aws", Mantle, "eu-west-1"),
        ("bedrock-mantle.eu-west-1.api.aws.", Mantle, "eu-west-1"),
        (
            "vpce-0123456789abcdef0-abcd1234.bedrock-runtime.us-east-1.vpce.amazonaws.com",
            Runtime,
            "us-east-1",
        ),
        (
            "vpce-0123456789abcdef0-abcd1234-us-east-1a.bedrock-mantle.us-east-1.vpce.amazonaws.com",
            Mantle,
            "us-east-1",
        ),
        ("vpce-0-a.bedrock-runtime.cn-north-1.vpce.amazonaws.com.cn", Runtime, "cn-north-1"),
    ];
    for (host, family, region) in cases {
        // Without a path, as AWS's SDKs are given an endpoint; and with the full one.
        for url in [
            format!("https://{host}"),
            format!("https://{host}/openai/v1"),
        ] {
            let endpoint = Endpoint::new(&at_url(&url)).unwrap();
            assert_eq!(endpoint.family(), family, "{url}");
            assert_eq!(
                endpoint.require_region().map(Region::as_str),
                Ok(region),
                "{url}"
            );
            assert_eq!(endpoint.host(), host, "{url}");
            let expected = format!("https://{host}/openai/v1/chat/completions");
            assert_eq!(endpoint.url("openai.gpt-5.6-sol", CHAT), expected, "{url}");
        }
    }
    // WHATWG's URL has it in lower case anyway; a caller in Rust may not.
    let shouted = Endpoint::new(&at_url("https://Bedrock-Mantle.EU-WEST-1.api.aws")).unwrap();
    assert_eq!(shouted.host(), "bedrock-mantle.eu-west-1.api.aws");
    assert_eq!(shouted.family(), Mantle);
}

#[test]
fn hosts_of_others_are_runtime_unless_said_otherwise() {
    use Family::{Mantle, Runtime};
    #[rustfmt::skip]
    let cases = [
        ("example.com", None, Runtime),
        ("example.com", Some(Runtime), Runtime),
        ("example.com", Some(Mantle), Mantle),
        ("bedrock-runtime.us-west-2.amazonaws.com.evil.com", None, Runtime),
        ("bedrock-runtime.us-west-2.amazonaws.com.cn", None, Runtime),
        ("bedrock-runtime.cn-north-1.amazonaws.com", None, Runtime),
        ("bedrock-runtime.nowhere.amazonaws.com", None, Runtime),
        ("vpce-1.bedrock-runtime.us-west-2.amazonaws.com", None, Runtime),
        ("abc.execute-api.us-west-2.amazonaws.com", None, Runtime),
        ("1.2.3.4", None, Runtime),
        // Mantle ignores guardrails, so a name that speaks of it is not taken for runtime.
        ("bedrock-mantle.example.com", None, Mantle),
        ("bedrock-mantle.us-west-2.amazonaws.com", None, Mantle),
        ("bedrock-mantle.example.com", Some(Runtime), Runtime),
    ];
    for (host, explicit, expected) in cases {
        let url = format!("https://{host}/any/path/");
        let endpoint = Endpoint::new(&EndpointOptions {
            endpoint: explicit,
            ..at_url(&url)
        })
        .unwrap();
        assert_eq!(endpoint.family(), expected, "{host}");
        assert_eq!(
            endpoint.require_region().unwrap_err().field,
            "region",
            "{host}"
        );
        let expected = format!("https://{host}/any/path/chat/completions");
        assert_eq!(endpoint.url("openai.gpt-5.6-sol", CHAT), expected, "{host}");
    }
}

#[test]
fn paths() {
    let runtime = "https://bedrock-runtime.us-west-2.amazonaws.com";
    let mantle = "https://bedrock-mantle.us-west-2.api.aws";
    #[rustfmt::skip]
    let cases = [
        // Custom hosts: as given, but for slashes at the end.
        ("https://example.com", "", Some("/chat/completions")),
        ("https://example.com", "/", Some("/chat/completions")),
        ("https://example.com", "/v1", Some("/v1/chat/completions")),
        ("https://example.com", "/v1///", Some("/v1/chat/completions")),
        ("https://example.com", "//a//b", Some("//a//b/chat/completions")),
        ("https://example.com", "/%2e%20", Some("/%2e%20/chat/completions")),
        ("http://localhost:8787", "/openai/v1", Some("/openai/v1/chat/completions")),
        // Runtime: AWS's path or none at all; `/v1` would be answered by 200 and an error.
        (runtime, "", Some("/openai/v1/chat/completions")),
        (runtime, "/", Some("/openai/v1/chat/completions")),
        (runtime, "/openai/v1/", Some("/openai/v1/chat/completions")),
        (runtime, "/v1", None),
        (runtime, "/openai", None),
        (runtime, "/openai/v1/chat/completions", None),
        (runtime, "/OpenAI/v1", None),
        (runtime, "/%6fpenai/v1", None),
        // Mantle: either, or none for that of the model (here one under /v1).
        (mantle, "", Some("/v1/chat/completions")),
        (mantle, "/", Some("/v1/chat/completions")),
        (mantle, "/v1/", Some("/v1/chat/completions")),
        (mantle, "/openai/v1", Some("/openai/v1/chat/completions")),
        (mantle, "/v1/chat/completions", None),
        (mantle, "/anthropic/v1", None),
    ];
    for (origin, path, expected) in cases {
        let url = format!("{origin}{path}");
        let result = Endpoint::new(&at_url(&url));
        match expected {
            Some(path) => {
                let endpoint = result.unwrap();
                assert_eq!(endpoint.path("openai.gpt-oss-20b", CHAT), path, "{url}");
                assert_eq!(
                    endpoint.url("openai.gpt-oss-20b", CHAT),
                    format!("{origin}{path}"),
                    "{url}"
                );
            }
            None => {
                let error = result.unwrap_err();
                assert_eq!(error.field, "baseURL", "{url}");
                assert!(
                    error.message.contains("the path of `baseURL` must be"),
                    "{url}"
                );
            }
        }
    }
}

#[test]
fn plain_http_is_for_loopback_alone() {
    #[rustfmt::skip]
    let cases = [
        ("http://localhost:8787/openai/v1", true),
        ("http://demo.localhost", true),
        ("http://127.0.0.1:3000", true),
        ("http://127.255.255.254", true),
        ("http://[::1]:3000", true),
        ("https://[::1]:3000", true),
        ("http://example.com", false),
        ("http://localhost.example.com", false),
        ("http://notlocalhost", false),
        ("http://localhost.", false),
        ("http://127.0.0.1.example.com", false),
        ("http://127.0.0.example", false),
        ("http://127.1", false),
        ("http://127.0.0.256", false),
        ("http://128.0.0.1", false),
        ("http://0.0.0.0", false),
        ("http://[::]", false),
        ("http://[::ffff:127.0.0.1]", false),
        ("http://192.168.0.1", false),
        ("http://169.254.169.254", false),
        ("http://bedrock-runtime.us-west-2.amazonaws.com/openai/v1", false),
        ("http://bedrock-runtime.us-west-2.api.aws/openai/v1", false),
        ("http://bedrock-mantle.us-west-2.api.aws/v1", false),
        ("http://vpce-1.bedrock-runtime.us-west-2.vpce.amazonaws.com", false),
        ("ws://localhost", false),
        ("wss://example.com", false),
        ("ftp://example.com", false),
        ("file:///etc/passwd", false),
        ("javascript://example.com", false),
    ];
    for (url, allowed) in cases {
        let result = Endpoint::new(&at_url(url));
        assert_eq!(result.is_ok(), allowed, "{url}: {result:?}");
        if let Err(error) = result {
            assert_eq!(error.field, "baseURL", "{url}");
        }
    }
}

#[test]
fn unsafe_urls_are_refused_without_repeating_them() {
    #[rustfmt::skip]
    let cases = [
        ("https://hunter2@example.com", "`baseURL` must not hold a user name or a password"),
        ("https://me:hunter2@example.com", "`baseURL` must not hold a user name or a password"),
        ("https://:hunter2@example.com", "`baseURL` must not hold a user name or a password"),
        ("ftp://hunter2@example.com", "`baseURL` must not hold a user name or a password"),
        (
            "https://bedrock-runtime.us-west-2.amazonaws.com:hunter2@evil.com/openai/v1",
            "`baseURL` must not hold a user name or a password",
        ),
        (
            "https://example.com/v1?key=hunter2",
            "`baseURL` must not hold a query: use `defaultQuery`",
        ),
        ("https://example.com/v1#hunter2", "`baseURL` must not hold a fragment"),
        ("https:///v1", "`baseURL` must name a host"),
    ];
    for (url, message) in cases {
        let options = at_url(url);
        let error = Endpoint::new(&options).unwrap_err();
        assert_eq!(
            error,
            EndpointError {
                field: "baseURL",
                message
            },
            "{url}"
        );
        let shown = format!("{error} {error:?} {options:?}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[test]
fn contradictions_are_errors() {
    let runtime = "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1";
    let mantle = "https://bedrock-mantle.us-west-2.api.aws/v1";
    #[rustfmt::skip]
    let cases = [
        ("runtime alone", runtime, None, None, true),
        ("the same region", runtime, None, Some("us-west-2"), true),
        ("another region", runtime, None, Some("us-east-1"), false),
        ("the same family", runtime, Some(Family::Runtime), None, true),
        ("the other family", runtime, Some(Family::Mantle), None, false),
        ("mantle, the same", mantle, Some(Family::Mantle), Some("us-west-2"), true),
        ("mantle, the other family", mantle, Some(Family::Runtime), None, false),
        ("mantle, another region", mantle, None, Some("eu-west-1"), false),
    ];
    for (name, url, endpoint, region, agrees) in cases {
        let result = Endpoint::new(&EndpointOptions {
            endpoint,
            region,
            ..at_url(url)
        });
        assert_eq!(result.is_ok(), agrees, "{name}");
        if let Err(error) = result {
            assert_eq!(error.field, "baseURL", "{name}");
            assert!(error.message.contains("contradict"), "{name}");
        }
    }
}

/// Whatever the options, credentials go to `https` or to this machine, and to the host given.
#[test]
fn the_origin_is_that_of_the_url() {
    #[rustfmt::skip]
    let cases = [
        ("https://example.com", "https://example.com", "example.com"),
        ("https://example.com:8443/x", "https://example.com:8443", "example.com:8443"),
        ("http://[::1]:80/x", "http://[::1]:80", "[::1]:80"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example", "xn--bcher-kva.example"),
    ];
    for (url, origin, host) in cases {
        let endpoint = Endpoint::new(&at_url(url)).unwrap();
        assert_eq!(endpoint.host(), host);
        assert!(
            endpoint
                .url(GPT_OSS, CHAT)
                .starts_with(&format!("{origin}/"))
        );
    }
}

// ---------------------------------------------------------------------------------------------
// Hints
// ---------------------------------------------------------------------------------------------

#[test]
fn hints_where_the_pairing_is_certainly_wrong() {
    use Family::{Mantle, Runtime};
    let profile = "on runtime this model needs the id of an inference profile, such as us.";
    let on = |family: Family, id: &str| format!("on {} this model's id is {id}", family.as_str());
    #[rustfmt::skip]
    let cases = [
        (Mantle, "openai.gpt-oss-20b-1:0", Some(on(Mantle, "openai.gpt-oss-20b"))),
        (Mantle, "openai.gpt-oss-120b-1:0", Some(on(Mantle, "openai.gpt-oss-120b"))),
        (Mantle, "us-gov.openai.gpt-oss-20b-1:0", Some(on(Mantle, "openai.gpt-oss-20b"))),
        (Mantle, "qwen.qwen3-32b-v1:0", Some(on(Mantle, "qwen.qwen3-32b"))),
        (Mantle, "moonshot.kimi-k2-thinking", Some(on(Mantle, "moonshotai.kimi-k2-thinking"))),
        (Mantle, "us.openai.gpt-5.6-sol", Some(on(Mantle, "openai.gpt-5.6-sol"))),
        (Mantle, "global.openai.gpt-5.6-sol", Some(on(Mantle, "openai.gpt-5.6-sol"))),
        (Runtime, "openai.gpt-oss-20b", Some(on(Runtime, "openai.gpt-oss-20b-1:0"))),
        (Runtime, "openai.gpt-oss-120b", Some(on(Runtime, "openai.gpt-oss-120b-1:0"))),
        (Runtime, "qwen.qwen3-32b", Some(on(Runtime, "qwen.qwen3-32b-v1:0"))),
        (Runtime, "moonshotai.kimi-k2-thinking", Some(on(Runtime, "moonshot.kimi-k2-thinking"))),
        (Runtime, "openai.gpt-5.6-sol", Some(format!("{profile}openai.gpt-5.6-sol"))),
        (Runtime, "xai.grok-4.6", Some(format!("{profile}xai.grok-4.6"))),
        // Right as they are, or not known to be wrong.
        (Runtime, "openai.gpt-oss-20b-1:0", None),
        (Runtime, "us-gov.openai.gpt-oss-20b-1:0", None),
        (Runtime, "us.openai.gpt-5.6-sol", None),
        (Runtime, "us.xai.grok-4.6", None),
        (Runtime, "openai.gpt-oss-safeguard-20b", None),
        (Runtime, "deepseek.v3.2", None),
        (Runtime, "arn:aws:bedrock:us-east-1:1:inference-profile/us.xai.grok-4.6", None),
        (Mantle, "openai.gpt-oss-20b", None),
        (Mantle, "openai.gpt-oss-safeguard-20b", None),
        (Mantle, "openai.gpt-5.6-sol", None),
        (Mantle, "deepseek.v3.2", None),
        (Mantle, "zai.glm-5", None),
        (Mantle, "", None),
        (Runtime, "", None),
    ];
    for (family, model, expected) in cases {
        assert_eq!(model_hint(family, model), expected, "{family:?} {model}");
    }
}

#[test]
fn a_fixed_path_on_mantle_may_be_the_wrong_one() {
    let mantle = "https://bedrock-mantle.us-west-2.api.aws";
    #[rustfmt::skip]
    let cases = [
        ("", "openai.gpt-5.6-sol", None),
        ("", "openai.gpt-oss-20b", None),
        ("/v1", "openai.gpt-oss-20b", None),
        ("/openai/v1", "openai.gpt-5.6-sol", None),
        (
            "/v1",
            "openai.gpt-5.6-sol",
            Some("on mantle this model is under /openai/v1, and `baseURL` ends in /v1"),
        ),
        (
            "/openai/v1",
            "openai.gpt-oss-20b",
            Some("on mantle this model is under /v1, and `baseURL` ends in /openai/v1"),
        ),
        // The id comes first.
        ("/openai/v1", GPT_OSS, Some("on mantle this model's id is openai.gpt-oss-20b")),
    ];
    for (path, model, expected) in cases {
        let url = format!("{mantle}{path}");
        let endpoint = Endpoint::new(&at_url(&url)).unwrap();
        assert_eq!(endpoint.hint(model).as_deref(), expected, "{path} {model}");
    }
    let custom = Endpoint::new(&at_url("https://example.com/v1")).unwrap();
    assert_eq!(
        custom.hint("openai.gpt-5.6-sol"),
        model_hint(Family::Runtime, "openai.gpt-5.6-sol")
    );
    assert_eq!(custom.hint("openai.gpt-oss-20b-1:0"), None);
}
