"""The licences that ship with the house. Texts are files; terms are data, checked when loaded."""

from typing import TYPE_CHECKING, Any

from portal.agreements.library import read
from portal.licences.models import LicenceVersion
from portal.licences.publishing import Family, publish

if TYPE_CHECKING:
    from portal.organisations.models import Organisation

OPEN: dict[str, Any] = {
    "permits": {
        "research": "yes",
        "commercial": "yes",
        "redistribute": "yes",
        "derive": "yes",
        "train_on_outputs": "yes",
    },
    "derivative_rule": "permissive",
    "gate": {"click": "none"},
    "sublicensable": True,
    "revocable": False,
}
APACHE_2 = OPEN | {
    "obligations": [
        {"what": "carry_text", "reach": ["weights"]},
        {"what": "carry_notice", "reach": ["weights"]},
        {"what": "state_changes", "reach": ["weights"]},
    ]
}
MIT = OPEN | {
    "obligations": [
        {"what": "carry_text", "reach": ["weights"]},
        {"what": "carry_notice", "reach": ["weights"]},
    ]
}
REGISTRATION = {
    "id": "commonhold-demo-commercial@1",
    "purpose": "commercial",
    "questions": [
        {
            "name": "organisation",
            "kind": "text",
            "label": {
                "en": "Which company or organisation is it for?",
                "zh": "用于哪家公司或组织？",
            },
        },
        {
            "name": "country",
            "kind": "text",
            "label": {"en": "In which country is it based?", "zh": "它位于哪个国家或地区？"},
        },
        {
            "name": "size",
            "kind": "choice",
            "label": {"en": "How many people work there?", "zh": "那里有多少人工作？"},
            "choices": [
                ["1-10", {"en": "1 to 10", "zh": "1 至 10 人"}],
                ["11-250", {"en": "11 to 250", "zh": "11 至 250 人"}],
                ["251+", {"en": "more than 250", "zh": "超过 250 人"}],
            ],
        },
        {
            "name": "use",
            "kind": "long_text",
            "label": {
                "en": "What will the model be used for?",
                "zh": "模型将用于什么？",
            },
        },
        {
            "name": "authority",
            "kind": "confirm",
            "label": {
                "en": "I may make this statement for the organisation named above.",
                "zh": "我有权代表上述组织作出此项陈述。",
            },
        },
    ],
}
COMMONHOLD_DEMO: dict[str, Any] = {
    "permits": {
        "research": "yes",
        "commercial": "after_registration",
        "redistribute": "yes",
        "derive": "yes",
        "train_on_outputs": "unspecified",
    },
    "obligations": [
        {"what": "carry_text", "reach": ["weights"]},
        {"what": "carry_notice", "reach": ["weights"]},
        {"what": "state_changes", "reach": ["weights"]},
        {"what": "use_restrictions:commonhold-demo-r1", "reach": ["weights"]},
    ],
    "limits": {"fields_excluded": ["military", "illegal", "covert_profiling", "sole_decisions"]},
    "sublicensable": False,
    "revocable": True,
    "derivative_rule": "same_family",
    "gate": {"click": "required", "re_consent_on": "text_change", "questionnaire": REGISTRATION},
}
APACHE_TITLES = {"en": "Apache License, Version 2.0"}
MIT_TITLES = {"en": "MIT License"}
DEMO_TITLES = {"en": "Commonhold Demonstration Licence", "zh": "Commonhold 演示许可协议"}


def load_open_licences() -> list[LicenceVersion]:
    """Publish Apache-2.0 and MIT, imported on their authors' behalf. Idempotent."""
    apache = Family(
        "apache-2.0",
        "Apache License 2.0",
        source="https://www.apache.org/licenses/LICENSE-2.0",
    )
    mit = Family("mit", "MIT License", source="https://opensource.org/license/mit")
    return [
        publish(
            apache,
            "2.0",
            read("apache-2.0", APACHE_TITLES),
            APACHE_2,
            licensor=None,
            prevailing="en",
        ),
        publish(mit, "1", read("mit", MIT_TITLES), MIT, licensor=None, prevailing="en"),
    ]


def load_demo_licence(licensor: "Organisation") -> LicenceVersion:
    """Publish our own demonstration licence as `licensor`'s. Idempotent."""
    family = Family("commonhold-demo", "Commonhold Demonstration Licence")
    return publish(
        family, "1", read("commonhold-demo", DEMO_TITLES), COMMONHOLD_DEMO, licensor=licensor
    )
