"""How good predictions are."""

from declml.api import Component, plugin
from declml.builtin.metrics.accuracy import Accuracy
from declml.builtin.metrics.balanced_accuracy import BalancedAccuracy
from declml.builtin.metrics.brier import Brier
from declml.builtin.metrics.f1 import F1
from declml.builtin.metrics.log_loss import LogLoss
from declml.builtin.metrics.mae import Mae
from declml.builtin.metrics.mape import Mape
from declml.builtin.metrics.pr_auc import PrAuc
from declml.builtin.metrics.precision import Precision
from declml.builtin.metrics.r2 import R2
from declml.builtin.metrics.recall import Recall
from declml.builtin.metrics.rmse import Rmse
from declml.builtin.metrics.roc_auc import RocAuc


@plugin
def declml_components() -> list[type[Component]]:
    """The built-in metrics."""
    return [RocAuc, PrAuc, LogLoss, Brier, Accuracy, BalancedAccuracy, F1, Precision, Recall, Mae, Rmse, R2, Mape]
