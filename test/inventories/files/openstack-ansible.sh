#!/bin/sh
# Prints an inventory in the form of openstack-ansible's dynamic_inventory.py: hosts in `<service>_container`, groups of
# groups in `<service>_all`, the address of each container or host in ansible_host.
cat <<'JSON'
{
  "_meta": {
    "hostvars": {
      "infra1-keystone-container-0a1b2c3d": {
        "ansible_host": "172.29.236.101", "component": "keystone", "container_address": "172.29.236.101",
        "container_tech": "lxc", "physical_host": "infra1", "physical_host_group": "identity_hosts", "region": "RegionOne"
      },
      "infra2-keystone-container-4e5f6a7b": {
        "ansible_host": "172.29.240.101", "component": "keystone", "container_address": "172.29.240.101",
        "container_tech": "lxc", "physical_host": "infra2", "physical_host_group": "identity_hosts", "region": "RegionTwo"
      },
      "compute1": { "ansible_host": "172.29.236.16", "is_metal": true, "physical_host": "compute1" }
    }
  },
  "all": { "vars": { "internal_lb_vip_address": "172.29.236.9" } },
  "keystone": { "children": [], "hosts": ["infra1-keystone-container-0a1b2c3d", "infra2-keystone-container-4e5f6a7b"] },
  "keystone_all": { "children": ["keystone"], "hosts": [] },
  "keystone_container": { "hosts": ["infra1-keystone-container-0a1b2c3d", "infra2-keystone-container-4e5f6a7b"] },
  "compute_hosts": { "hosts": ["compute1"] }
}
JSON
