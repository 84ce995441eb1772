export const helpText = `Techulus lab: real Debian nodes, a registry and the control plane on this machine (root, Debian 12).

  npm run lab -- up [--workers N] [--proxies N]   bring everything up, or what is missing of it (2 workers, 1 proxy)
              [--no-control-plane]                bare nodes and the registry only
  npm run lab -- down [--purge]                   stop everything and keep the data; --purge forgets it
  npm run lab -- status [--json]                  what runs where
  npm run lab -- exec NODE -- CMD…                run a command in a node
  npm run lab -- add worker|proxy [NAME]          one more node, installed as an operator would
  npm run lab -- remove NODE                      shut the machine down and throw its disk away (its server: over REST)
  npm run lab -- kill NODE agent|dns|podman       kill -9; systemd brings it back
  npm run lab -- partition NODE [--from WHAT]     cut it from api, nodes or all (default); stays cut over a reboot
  npm run lab -- heal NODE                        undo every cut
  npm run lab -- reboot NODE                      reboot it; one that is off is booted
  npm run lab -- crash NODE                       take its power away; it stays off until reboot or up
  npm run lab -- logs NODE [-f …]                 journal of the agent and its DNS (options go to journalctl)

Everything lies in .lab/ (lab.json says where what is); the base system is cached for all checkouts.
`;
