# SPDX-License-Identifier: GPL-2.0-or-later
#
# The devices that the project's tests need beside ocp-nvme, for the build with
# sanitizers, which compiles slowly: scripts/lib/qemu.sh.
CONFIG_Q35=y
CONFIG_EDU=y
CONFIG_I440FX=y
CONFIG_ISA_DEBUG=y
CONFIG_NVME_PCI=y
CONFIG_OCP_NVME=y
CONFIG_PCIE_PORT=y
CONFIG_SERIAL_ISA=y
CONFIG_SERIAL_PCI=y
CONFIG_VTD=y
