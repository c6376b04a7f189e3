"""Built Kubernetes manifests, and which pod they let reach which."""

import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tests.support.compose import ROOT

Manifest = dict[str, Any]
HERE = ROOT / "deploy" / "k8s"
LAYERS = ("base", "overlays/small-city")


@dataclass(frozen=True)
class Built:
    """What `kustomize build` makes of one folder."""

    manifests: list[Manifest]

    @classmethod
    def of(cls, layer: str) -> "Built":
        built = subprocess.run(
            ["kustomize", "build", HERE / layer], capture_output=True, text=True, check=True
        )
        return cls(list(yaml.safe_load_all(built.stdout)))

    def all(self, *kinds: str) -> dict[str, Manifest]:
        """By name."""
        return {m["metadata"]["name"]: m for m in self.manifests if m["kind"] in kinds}

    def pods(self) -> dict[str, Manifest]:
        """The pod templates of Deployments and Jobs, by name."""
        owners = self.all("Deployment", "Job")
        return {name: owner["spec"]["template"] for name, owner in owners.items()}

    def policies_of(self, pod: Manifest, direction: str) -> list[Manifest]:
        """The policies that select a pod for `Ingress` or `Egress`."""
        return [
            policy["spec"]
            for policy in self.all("NetworkPolicy").values()
            if direction in policy["spec"]["policyTypes"]
            and selects(policy["spec"]["podSelector"], pod["metadata"]["labels"])
        ]

    def lets_through(self, source: str, target: str, port: int) -> bool:
        """Whether both ends allow a connection between two pods of this namespace."""
        pods = self.pods()
        ends = (
            (pods[source], "Egress", "to", pods[target]),
            (pods[target], "Ingress", "from", pods[source]),
        )
        return all(
            any(
                selects(peer["podSelector"], other["metadata"]["labels"])
                for policy in self.policies_of(pod, direction)
                for rule in policy.get(direction.lower(), ())
                if port in {allowed["port"] for allowed in rule["ports"]}
                for peer in rule[word]
                if "namespaceSelector" not in peer and "podSelector" in peer
            )
            for pod, direction, word, other in ends
        )

    def leaves_for(self, source: str) -> Iterator[tuple[str, int]]:
        """What is outside this namespace and allowed: a name (or `outside`), and a port."""
        for policy in self.policies_of(self.pods()[source], "Egress"):
            for rule in policy.get("egress", ()):
                for peer in rule["to"]:
                    for allowed in rule["ports"]:
                        if "ipBlock" in peer:
                            yield "outside", allowed["port"]
                        elif "namespaceSelector" in peer:
                            narrowest = peer.get("podSelector", peer["namespaceSelector"])
                            [name] = narrowest["matchLabels"].values()
                            yield name, allowed["port"]


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a label selector takes these labels; an empty one takes all."""
    wanted = selector.get("matchLabels", {})
    if any(labels.get(key) != value for key, value in wanted.items()):
        return False
    for expression in selector.get("matchExpressions", ()):
        inside = labels.get(expression["key"]) in expression["values"]
        if inside != {"In": True, "NotIn": False}[expression["operator"]]:
            return False
    return True
