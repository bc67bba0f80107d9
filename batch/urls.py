"""Routes below /api/v2/."""

from django.urls import path

from batch import views

JOB = "batch/jobs/<uuid:job_id>"

urlpatterns = [
    path("batch/jobs", views.JobsView.as_view(), name="batch-jobs"),
    path(JOB, views.JobView.as_view(), name="batch-job"),
    path(f"{JOB}/status", views.JobStatusView.as_view(), name="batch-job-status"),
    path(f"{JOB}/results", views.ResultsView.as_view(), name="batch-job-results"),
    path(f"{JOB}/results/<int:index>", views.ResultView.as_view(), name="batch-job-result"),
    path(f"{JOB}/retry", views.RetryView.as_view(), name="batch-job-retry"),
    path(f"{JOB}/deliveries", views.DeliveriesView.as_view(), name="batch-job-deliveries"),
    path("workflows/execute", views.ExecuteView.as_view(), name="workflow-execute"),
    path("workflows/<uuid:workflow_id>", views.WorkflowView.as_view(), name="workflow"),
    path("batch/webhook-secret", views.SecretView.as_view(), name="webhook-secret"),
    path("batch/webhook-secret/rotate", views.RotationView.as_view(), name="webhook-rotation"),
    # Finished jobs are batch's to tell of: history stands below it.
    path("history/batch-jobs", views.BatchHistoryView.as_view(), name="batch-history"),
]
